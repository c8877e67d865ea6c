"""`--override GUARD --reason "why"`, and the guards' word before anything is written."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zsync.cli.terminal import coloured, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan
    from zsync.model.verdicts import Override

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def override_options(command: Decorated) -> Decorated:
    """`--override` and `--reason`, for commands that plan or write; the command gets them as `aside`."""

    @functools.wraps(command)
    def paired(*args: Any, overridden: tuple[str, ...], reasons: tuple[str, ...], **kwargs: Any) -> Any:
        return command(*args, aside=pair(overridden, reasons), **kwargs)

    reason = click.option(
        "--reason",
        "reasons",
        multiple=True,
        metavar="WHY",
        help="Why; one for each --override, in their order. It is kept in the plan or the report.",
    )(paired)
    return click.option(
        "--override",
        "overridden",
        multiple=True,
        metavar="GUARD",
        help="Set a guard of zsync.yaml aside for this run. May be given several times.",
    )(reason)  # type: ignore[return-value]


def pair(overridden: tuple[str, ...], reasons: tuple[str, ...]) -> "tuple[Override, ...]":
    """Guards with their reasons. Raises `UsageError` where one is without a reason, or is no guard."""
    from zsync.errors import UsageError
    from zsync.guards.evaluation import check_names
    from zsync.model.verdicts import Override

    if len(overridden) != len(reasons) or not all(reason.strip() for reason in reasons):
        raise UsageError(
            f"{len(overridden)} --override and {sum(bool(one.strip()) for one in reasons)} --reason: each needs the other",
            help='Write for example: --override max_deletes --reason "the fair was cancelled".',
        )
    check_names(overridden)
    return tuple(map(Override, overridden, reasons))


def manifests_of(made: "Plan") -> tuple[Path, ...]:
    """The manifests that a plan names, beside or above which the zsync.yaml is that it was made under."""
    files = {Path(change.source.file) for change in made.changes if change.source}
    return tuple(sorted(file for file in files if not file.is_absolute() and ".." not in file.parts))


def refuse_marked(made: "Plan") -> None:
    """Raises `GuardRefused` where guards stand against a plan that was made just now, and is shown."""
    from zsync.guards.evaluation import refusal

    if made.refusals:
        raise refusal(made.refusals)


def check_guards(made: "Plan", session: "Session", overrides: "tuple[Override, ...]") -> None:
    """Ask the guards in force again, now. Reads the credits that are left where a guard wants to know them.

    Raises `PlanRefused` where the plan was made under other guards, `GuardRefused` where one stands against it, having
    shown why, and `UsageError` for an override of a guard that is not in force.
    """
    from dataclasses import replace

    from zsync.cli import session as sessions
    from zsync.guards.evaluation import check_binding, check_overrides, refusal, standing

    check_overrides(overrides, session.guards)
    check_binding(made, session.guards)
    if not made.changes:
        return
    left = _credits_left(session) if "credits" in session.guards.names else None
    found = standing(made, session.guards, sessions.now(), left, overrides)
    if found:
        _show(replace(made, verdicts=found, overrides=()))
        raise refusal(found)


def _credits_left(session: "Session") -> int | None:
    """What Zoho says with the answer to a small question; None where it does not say."""
    from zsync.cli import session as sessions
    from zsync.crm import connect_reader

    sessions.check_credentials()

    async def work() -> int | None:
        async with connect_reader(session.settings()) as reader:
            await reader.org()
            return reader.credits_left

    return sessions.run(work())


def _show(refused: "Plan") -> None:
    """What the guards saw, on stderr: masked where the plan itself would be."""
    import sys

    from zsync.cli.redaction import redacted, redacts
    from zsync.model import Report
    from zsync.render.guarding import headline, text_verdicts

    shown = redacted(refused) if redacts("text") else refused
    assert not isinstance(shown, Report)  # noqa: S101  a plan stays a plan
    head = headline(shown)
    talk(
        "\n".join(
            [click.style(head, fg="red", bold=True) if coloured(sys.stderr) else head, *text_verdicts(shown)]
        )
    )
