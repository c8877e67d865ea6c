"""How a command is declared: its arguments, its options under headings, its exit codes; and what happens around it.

click lists options in one long table. A click.Command of our own costs nothing at start; the libraries that would group
them (rich-click, cloup) are imported with every `zsync --help`, and draw another picture than ours.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from inspect import cleandoc
from typing import Any, NamedTuple

import click
from click.formatting import wrap_text

from zsync.cli.invocation import Invocation
from zsync.cli.notify import told
from zsync.cli.telemetry import measured
from zsync.errors import InputError, ZsyncError

WIDEST, NARROWEST = 80, 50
_COLUMN = 26
"""Where the meaning of an option begins."""

_LONGEST = 200
"""Most characters shown of a command's summary in its family."""

_PLAIN = str.maketrans({"→": "->", "↔": "<->", "·": "|", "…": "...", "–": "-"})


class Section(NamedTuple):
    """Options under a heading of `--help`. An inline section only names them, in a line."""

    title: str
    options: Sequence[click.Option]
    inline: bool = False


class Command(click.Command):
    """A command that gets an `Invocation`, lists its options under headings, and says which exit codes it has.

    `exits` are its exit codes, each with when it ends so. A command that is `online` talks to the CRM.
    """

    def __init__(
        self,
        *args: Any,
        sections: Sequence[Section] = (),
        exits: Mapping[int, str] | None = None,
        online: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.sections = sections
        self.exits = exits or {}
        self.online = online

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. However it ends: it is measured, its formats say why, and then the channels of --notify hear of it."""
        call = ctx.ensure_object(Invocation)
        call.take(ctx.command_path.partition(" ")[2], ctx.params)
        with told(call), _explained(call), measured(call) if self.online else nullcontext():
            call.exit_code = super().invoke(ctx) or 0
        return call.exit_code

    def get_help(self, ctx: click.Context) -> str:
        """The help text, in signs that stdout can show."""
        return plain_if_needed(super().get_help(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage, what the command does, its options under their headings, and its exit codes."""
        wide = help_width()
        formatter.write(_head(self, ctx, wide))
        for section in self._sections_with_help(ctx):
            formatter.write(_inline(section, wide) if section.inline else _table(section, ctx, wide))
        exits = ", ".join(f"{code} {when}" for code, when in self.exits.items())
        if exits:
            formatter.write(wrapped(f"Exit codes: {exits}. More: zsync explain exit", wide))

    def _sections_with_help(self, ctx: click.Context) -> list[Section]:
        """The sections; the last one, inline, names `--help` too."""
        sections, help_option = [*self.sections], self.get_help_option(ctx)
        if not sections or not sections[-1].inline:
            sections.append(Section("Everywhere", (), inline=True))
        if help_option:
            sections[-1] = sections[-1]._replace(options=[*sections[-1].options, help_option])
        return sections


class Family(click.Group):
    """Commands under a name of their own, as `zsync ci …`, in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Their names."""
        return list(self.commands)

    def get_help(self, ctx: click.Context) -> str:
        """The help text, in signs that stdout can show."""
        return plain_if_needed(super().get_help(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage, what the commands are for, and each of them."""
        wide, column = help_width(), max(map(len, self.commands)) + 4
        formatter.write(_head(self, ctx, wide) + "Commands\n")
        for name, member in self.commands.items():
            formatter.write(_row(name, member.get_short_help_str(limit=_LONGEST), wide, column))
        formatter.write(wrapped(f"{ctx.command_path} COMMAND --help · exit codes: zsync explain exit", wide))


def command(
    *declared: click.Argument | Section, exits: Mapping[int, str], online: bool = False
) -> Callable[[Callable[..., int | None]], Command]:
    """Make a command of a function that takes an `Invocation`, and gives the exit code or None for 0."""
    sections = [part for part in declared if isinstance(part, Section)]
    arguments = [part for part in declared if isinstance(part, click.Argument)]

    def make(function: Callable[..., int | None]) -> Command:
        params = [*arguments, *(option for section in sections for option in section.options)]
        return click.command(cls=Command, params=params, sections=sections, exits=exits, online=online)(
            click.pass_obj(function)
        )

    return make


def help_width() -> int:
    """Columns of a help text: those of the terminal, and 80 at most."""
    return max(min(shutil.get_terminal_size().columns, WIDEST), NARROWEST)


def wrapped(text: str, width: int, *, indent: str = "", hanging: str = "") -> str:
    """A paragraph in lines of this width, with a line end."""
    return wrap_text(text, width, indent, hanging) + "\n"


def plain_if_needed(text: str) -> str:
    """The text, with ASCII in place of signs that stdout cannot show."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN)
    return text


@contextmanager
def _explained(call: Invocation) -> Iterator[None]:
    """Where an error ends the command, put it into the formats that can show it, then mask it for all that follows."""
    try:
        yield
    except ZsyncError as error:
        if isinstance(error, InputError):
            call.output.explain_failure(error)
        call.output.redaction.error(error)
        raise


def _head(shown: click.Command, ctx: click.Context, width: int) -> str:
    """The usage, and below it what the command does, paragraph by paragraph."""
    pieces = " ".join(shown.collect_usage_pieces(ctx))
    paragraphs = cleandoc(shown.help or "").split("\n\n")
    return wrapped(f"Usage: {ctx.command_path} {pieces}", width, hanging="  ") + "".join(
        wrapped(paragraph.replace("\n", " "), width, indent="  ", hanging="  ") for paragraph in paragraphs
    )


def _table(section: Section, ctx: click.Context, width: int) -> str:
    rows = [option.get_help_record(ctx) for option in section.options]
    return f"{section.title}\n" + "".join(_row(*row, width) for row in rows if row)


def _row(names: str, meaning: str, width: int, column: int = _COLUMN) -> str:
    """A name and its meaning, which begins on a line of its own where the name is long."""
    lines = wrap_text(meaning, width - column).splitlines() or [""]
    first = f"  {names}"
    head = [first, " " * column + lines[0]] if len(first) > column - 2 else [first.ljust(column) + lines[0]]
    return "".join(f"{line.rstrip()}\n" for line in (*head, *(" " * column + line for line in lines[1:])))


def _inline(section: Section, width: int) -> str:
    names = [_names(option) for option in section.options]
    return wrapped(f"{section.title}: {', '.join(names)}", width, hanging="  ")


def _names(option: click.Option) -> str:
    """`-h, --help`, `--redact, --no-redact`, `--color WHEN`."""
    metavar = "" if option.is_flag or option.count else f" {option.metavar or (option.name or '').upper()}"
    return ", ".join((*option.opts, *option.secondary_opts)) + metavar
