"""What `zsync doctor` checks: the org, and what a repository of an earlier zsync still has to change. Reads only."""
