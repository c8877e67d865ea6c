"""zsync as a test starts it: in this process, or in one that is forked off a server which has it loaded.

Start-up is nine tenths of what a command costs, so a test picks the cheapest way that shows what it is about:

- the fixture `run` (`in_process` below it): what a command says, how it ends, what it asked for. Almost every test.
- `forked`: what needs a process of its own: a signal, a terminal, a pipe whose reader goes away, two at once.
- `shim`: the same for shells.
- `subprocess` with `sys.executable`: what is about the interpreter's own start, such as its encodings and its imports.
"""

from tests.program.forks import PATIENCE, Forked, forked, shim, stop
from tests.program.here import Ended, Run, in_process, spare_the_disk, surroundings

__all__ = [
    "PATIENCE",
    "Ended",
    "Forked",
    "Run",
    "forked",
    "in_process",
    "shim",
    "spare_the_disk",
    "stop",
    "surroundings",
]
