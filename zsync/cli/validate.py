"""`zsync validate`: all problems of all manifests. Opens no socket."""

from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import DIAGNOSTICS_FORMAT, EVERYWHERE, PATHS

if TYPE_CHECKING:
    from zsync.model import Manifests


@command(
    PATHS,
    Section("What to print", (DIAGNOSTICS_FORMAT,)),
    EVERYWHERE,
    exits={0: "nothing to fix", 4: "fix a file (each problem is listed)", 64: "usage"},
)
def validate(call: Invocation, paths: tuple[Path, ...]) -> None:
    """Check manifests offline: all problems of all files in one run.

    PATH is a manifest or a folder of them. Default: relations. Problems are shown on stderr; json is a list of them, and github
    marks their lines in a pull request.
    """
    from zsync.cli import session as sessions

    where = sessions.manifest_paths(paths)
    manifests = sessions.load_manifests(where, sessions.open_config(call, where))
    call.output.show(manifests.warnings)
    call.output.deliver_diagnostics(manifests.warnings, manifests.files)
    if ("text", None) in call.output.formats.targets:
        call.output.result(_sound(manifests))


def _sound(manifests: "Manifests") -> str:
    if not manifests.files:
        return "No manifest has been written yet: nothing to fix.\n"
    rows = sum(len(managed.records) + len(managed.absent) for managed in manifests.lists)
    files, lists = len(manifests.files), len(manifests.lists)
    return (
        f"{files} file{'s' if files != 1 else ''}, {lists} related list{'s' if lists != 1 else ''}, "
        f"{rows} row{'s' if rows != 1 else ''}: nothing to fix.\n"
    )
