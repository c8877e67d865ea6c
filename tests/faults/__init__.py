"""Faults that were planted and caught: each protection is shown to have a test that dies without it."""
