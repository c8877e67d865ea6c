"""Mutation testing: small changes to the code, each of which some test of its room must notice."""
