"""Which journal a command is about, and the keys that it is sealed with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.state import shelf_here, state_folder
from zsync.errors import PlanRefused, UsageError

if TYPE_CHECKING:
    from zsync.applying.recall import Kept
    from zsync.applying.sealing import Keys
    from zsync.applying.shelf import Shelf
    from zsync.cli.invocation import Invocation
    from zsync.cli.session import Session

_OLD = Path(".zsync", "runs")


def sealing_keys(session: "Session") -> "Keys":
    """The keys of a run that begins now: its own credentials', unless there is a better one."""
    return _keys((session.connection().credentials.refresh_token,))


def reading_keys() -> "Keys":
    """All keys that are here: those of the refresh tokens of every environment among them."""
    return _keys(
        tuple(
            value
            for name, value in os.environ.items()
            if name.startswith("ZSYNC_") and name.endswith("_REFRESH_TOKEN")
        )
    )


def open_journal(call: "Invocation", run: str | None) -> "Kept":
    """The journal of a run: the file of --journal, else by its name, or `last`, among those of this repository.

    Raises `UsageError` where neither is said, or `last` and no environment; `InputError` where there is none; and
    `PlanRefused` like `zsync.applying.recall.read`, and where the run is of another environment than was asked for.
    """
    from zsync.applying import recall, shelf

    tell_of_old_journals(call)
    if call.journal:
        kept = recall.read(journal_file(call.journal), reading_keys(), named=True)
        if run not in (None, "last") and (run or "") not in kept.run.id:
            raise shelf.no_such_run(f"{call.journal} is the journal of the run {kept.run.id}, not of {run}")
    elif not run:
        raise UsageError(
            "no run was named",
            help=f"Name one, or `last`: `zsync {call.command} last`. {shelf.LIST}",
        )
    else:
        home = shelf_here()
        folders = _folders(call, home, everywhere=run != "last")
        where = folders[0] if len(folders) == 1 else home.folder
        kept = recall.read(shelf.find(run, shelf.journals(*folders), where), reading_keys())
    from zsync.config import same_name

    asked, has = call.environment, kept.run.plan.binding.environment
    if asked and not same_name(asked, has):
        raise PlanRefused(
            f"the run {kept.run.id} was in the environment {has!r}, not in {asked!r}",
            help="Leave out -e, and unset ZSYNC_ENVIRONMENT, to use the run's own; or name another run.",
        )
    return kept


def journals_here(call: "Invocation") -> "tuple[Path, list[Path]]":
    """The folder to list, and the journals in it: of the environment in force, or of all where none is chosen."""
    from zsync.applying.shelf import journals

    home = shelf_here()
    folders = _folders(call, home, everywhere=True)
    return (folders[0] if len(folders) == 1 else home.folder), journals(*folders)


def new_journal(call: "Invocation") -> Path | None:
    """The file that --journal names for a run that is to begin. Raises `UsageError` where it is there already."""
    if call.journal is None:
        return None
    file = journal_file(call.journal)
    if os.path.lexists(file):
        raise UsageError(
            f"{file} is there already: a run begins a journal of its own",
            help=f"Name a new file. To go on with that run: `zsync resume --journal {file}`.",
        )
    return file


def journal_file(file: Path) -> Path:
    """The file of --journal. Raises `UsageError` for a folder, which it named in zsync 0.1.0."""
    if file.is_dir():
        raise UsageError(
            f"--journal names a file, and {file} is a folder",
            help=f"Name the journal itself, such as --journal {file / 'journal.jsonl'}. "
            "Only zsync 0.1.0 took the folder of all journals.",
        )
    return file


def old_journals() -> Path | None:
    """A folder in the repository that holds journals as zsync 0.1.0 kept them; None where there is none."""
    from zsync.config.search import repository

    here = Path.cwd()
    for folder in (here, repository(here.resolve()) or here):
        try:
            if any((folder / _OLD).glob("*.jsonl")):
                return folder / _OLD
        except OSError:
            continue
    return None


def old_journals_advice(found: Path) -> str:
    """What to do about journals in the repository."""
    return (
        f"{found} holds journals of zsync 0.1.0, or of somebody else: this zsync does not read them, for they could have come "
        "with the checkout. What they left to do, a new plan shows; to undo such a run, use the zsync that wrote it. "
        "Then remove the folder."
    )


def tell_of_old_journals(call: "Invocation") -> None:
    """Say on stderr that there are journals in the repository, and what to do about them."""
    from zsync.render.escape import terminal

    if found := old_journals():
        call.output.talk(f"note: {terminal(old_journals_advice(found))}")


def _folders(call: "Invocation", home: "Shelf", *, everywhere: bool) -> list[Path]:
    """The state folders of the environment that was asked for, else of the only one; with `everywhere`, else of all.

    Raises `UsageError` where there are several, and not `everywhere`.
    """
    from zsync.cli.session import default_paths, open_config

    if call.environment:
        return [home.environment(call.environment)]
    config = open_config(call, default_paths())
    known = home.environments()
    if len(config.environments) == 1 or (config.path and not config.environments):
        return [home.environment(config.environment("").name)]
    if everywhere:
        return known or [home.folder]
    if config.path:
        config.environment("", command=f"{call.command} last")
    if len(known) > 1:
        # The configuration of these runs is not where zsync looks without being told a path.
        raise UsageError(
            "which environment? There are journals of several, and none was chosen",
            lines=tuple(folder.name for folder in known),
            help=f"zsync {call.command} last -e ENV, or export ZSYNC_ENVIRONMENT=ENV",
        )
    return known or [home.environment("")]


def _keys(refresh_tokens: tuple[str, ...]) -> "Keys":
    from zsync.applying.sealing import VARIABLE, Keys

    return Keys(os.environ.get(VARIABLE, ""), refresh_tokens, state_folder() / "journal.key")
