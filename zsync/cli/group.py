"""`zsync` itself: all commands, and the help that shows them on one screen."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain, zip_longest
from types import MappingProxyType

import click

from zsync.cli.command import WIDEST, help_width, plain_if_needed, wrapped

SECTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Every day": {
            "plan": "show what would change",
            "apply": "carry out a plan",
            "drift": "what the CRM changed",
            "accept": "take the CRM's values",
            "who": "where a record stands",
        },
        "Start": {
            "init": "set up a repository",
            "login": "code → refresh token",
            "doctor": "check token, org, lists",
            "pull": "CRM → manifests",
            "profile": "keep the org's metadata",
        },
        "After a run": {
            "runs": "list runs",
            "show": "print a plan or report",
            "verify": "does the CRM match?",
            "undo": "plan to restore",
            "resume": "finish what stopped",
        },
        "Files": {
            "validate": "check them offline",
            "fmt": "one canonical form",
            "schema": "JSON Schemas for editors",
            "completion": "for bash, zsh and fish",
        },
        "In CI": {
            "ci": "what workflows call",
        },
        "Try and learn": {
            "demo": "the whole story, one minute",
            "rehearse": "plan and apply on a copy",
            "emulator": "run the bundled CRM",
            "explain": "any word that is printed",
        },
    }
)
"""Heading → its commands and what each does, in a few words. A command is in the module of its name."""

COMMANDS: Mapping[str, str] = MappingProxyType(
    {name: meaning for section in SECTIONS.values() for name, meaning in section.items()}
)
_HALF = WIDEST // 2 - 1
_END = "zsync COMMAND --help · exit codes: zsync explain exit · version: --version"


class CommandGroup(click.Group):
    """The commands by what people want of them, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command of this name; None where there is none."""
        if name not in COMMANDS:
            return None
        # Only now: the help of all commands must not wait for the libraries of one.
        command: click.Command = getattr(import_module(f"zsync.cli.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; for a name that there is not, the error names the one that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close and close[0] not in error.message else ""
            raise click.UsageError(error.message + hint, ctx) from None

    def get_help(self, ctx: click.Context) -> str:
        """The help text, in signs that stdout can show."""
        return plain_if_needed(super().get_help(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command on one screen: in two columns, below 80 columns in one."""
        wide = help_width()
        formatter.write(f"Usage: {ctx.command_path} {' '.join(self.collect_usage_pieces(ctx))}\n")
        formatter.write(wrapped(self.help or "", wide) + "\n")
        lines = _in_two_columns() if wide >= WIDEST else chain.from_iterable(_blocks([*SECTIONS]))
        formatter.write("".join(f"{line}\n" for line in lines))
        formatter.write(wrapped(_END, wide))


def _in_two_columns() -> Iterator[str]:
    """Every second section on the right, beside the one before it."""
    titles, nothing = [*SECTIONS], list[str]()
    left, right = (_blocks(titles[side::2]) for side in (0, 1))
    for block, other in zip_longest(left, right, fillvalue=nothing):
        yield from (f"{near:<{_HALF}}{far}".rstrip() for near, far in zip_longest(block, other, fillvalue=""))


def _blocks(titles: Sequence[str]) -> list[list[str]]:
    """The lines of these sections; what commands do begins in one column."""
    column = max(len(name) for title in titles for name in SECTIONS[title])
    return [
        [title, *(f"  {name:<{column}}  {meaning}" for name, meaning in SECTIONS[title].items())]
        for title in titles
    ]
