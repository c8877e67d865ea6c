"""zsync as a step starts it: `python -I started.py PYTHON ARGUMENT…`. What it starts in turn is that PYTHON."""

import sys

from zsync.cli import main

if __name__ == "__main__":
    sys.executable = sys.argv.pop(1)
    main()
