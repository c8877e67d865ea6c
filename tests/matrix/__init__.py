"""The failure matrix: every fault at every moment for every action, and what is right in the end all the same."""
