"""The pages under `.github/docs/` and the README: what they tell is tried, where they lead is there."""
