"""Carry a plan out: settle each row, keep the journal, hold the lock."""
