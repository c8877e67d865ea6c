"""What each code, guard, exit code and variable means, and what to do about it."""
