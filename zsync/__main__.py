"""`python -m zsync` is `zsync`."""

from zsync.cli import main

if __name__ == "__main__":
    main()
