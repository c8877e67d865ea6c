"""pytest in a process of its own, forked off one that has most of what it imports."""

import sys

import pytest


def main() -> None:
    """The entry of that process. What was imported before is not rewritten for its asserts, and need not be."""
    sys.exit(pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *sys.argv[1:]]))
