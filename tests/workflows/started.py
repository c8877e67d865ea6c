"""zsync as a step starts it, with the arguments PYTHON ARGUMENT…: what it starts in turn is that PYTHON."""

import sys

from zsync.cli import main as zsync


def main() -> None:
    """The entry of a process of its own."""
    sys.executable = sys.argv.pop(1)
    zsync()
