"""YAML text → trees, and findings with their places."""
