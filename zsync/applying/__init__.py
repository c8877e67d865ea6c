"""Carrying out a plan: rows are settled, a journal is kept, and a lock is held on the org."""
