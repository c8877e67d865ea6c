"""What each word, code and variable means, and what to do about it."""
