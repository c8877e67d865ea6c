"""The checks of `zsync doctor`: the org, and what a repository of an earlier zsync still has to change. It only reads."""
