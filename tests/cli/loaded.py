"""A command that afterwards prints what of OpenTelemetry it has loaded."""

import sys

from zsync.cli import run

LIBRARIES = ("opentelemetry", "google.protobuf", "requests")


def main() -> None:
    """The entry of a process of its own."""
    run()
    print([name for name in sys.modules if name.startswith(LIBRARIES)])
