"""The pictures of the documentation: `python -m tests.pictures` makes all of them anew, from the example's plan and report."""
