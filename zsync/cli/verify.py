"""`zsync verify`: does the CRM equal the manifests? Reads only."""

from pathlib import Path

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import BASE, ENVIRONMENT, EVERYWHERE, FORMAT, FULL, MAX_READS, NO_BASE, PATHS
from zsync.cli.plan import make


@command(
    PATHS,
    Section("What to compare", (ENVIRONMENT, BASE, NO_BASE, MAX_READS)),
    Section("What to keep and print", (FORMAT, FULL)),
    EVERYWHERE,
    exits={
        0: "the CRM matches the manifests",
        1: "CRM unreachable",
        2: "it does not (the differences are shown)",
        4: "fix a file",
        5: "more reads than --max-reads",
        8: "access",
        64: "usage",
    },
    online=True,
)
def verify(call: Invocation, paths: tuple[Path, ...]) -> int:
    """Read the CRM back and demand that it matches the manifests.

    PATH is a manifest or a folder of them. Default: relations. Reads only.
    """
    made, _ = make(call, paths)
    call.output.deliver(made)
    return 2 if made.summary.changes else 0
