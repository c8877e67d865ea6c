"""`--format NAME[=FILE]`: one result in several forms."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from zsync.cli.disk import check_places
from zsync.errors import UsageError

RESULTS = ("text", "json", "markdown", "html", "github", "junit")
"""Formats of a plan or a report."""

DIAGNOSTICS = ("text", "json", "markdown", "github", "junit")
"""Formats of what there is to fix."""

REASONS = ("text", "markdown", "github", "junit")
"""Formats that say why there is no plan. A program that reads `json` finds a plan or nothing, and `html` is a plan's page."""

# Nothing in it has a meaning inside a Markdown link.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]+")


@dataclass(frozen=True, slots=True)
class Formats:
    """What `--format` asks for: names in their order, each with its file, or None for stdout, which one at most has.

    `reasons` are the names that can say why a command ended without its result.
    """

    targets: tuple[tuple[str, Path | None], ...] = (("text", None),)
    reasons: tuple[str, ...] = REASONS

    @property
    def printed(self) -> str:
        """The name of the format on stdout; empty where all go into files."""
        return next((name for name, path in self.targets if path is None), "")

    @property
    def for_program(self) -> bool:
        """Whether stdout is for a program: what people read has to go to stderr."""
        return self.printed not in ("", "text")


def parse_results(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> Formats:
    """`--format` of a command that prints a plan or a report. Raises `UsageError`, and `InputError` for a place that takes no file."""
    return Formats(_parse(RESULTS, ctx, param, values), REASONS)


def parse_diagnostics(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> Formats:
    """`--format` of a command whose result is what there is to fix. Raises like `parse_results`."""
    return Formats(_parse(DIAGNOSTICS, ctx, param, values), DIAGNOSTICS)


def artifact_link() -> str:
    """Where CI keeps the files of a run: an address for a link, or empty. Raises `UsageError` for anything else."""
    address = os.environ.get("ZSYNC_ARTIFACT_URL", "")
    if address and not _ADDRESS.fullmatch(address):
        raise UsageError(
            "ZSYNC_ARTIFACT_URL is not the address of a page", help="Write https://…, or unset the variable."
        )
    return address


def _parse(
    names: Sequence[str], ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> tuple[tuple[str, Path | None], ...]:
    parsed: list[tuple[str, Path | None]] = []
    for value in values or ("text",):
        name, _, path = value.partition("=")
        if name not in names:
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, names))}.", ctx=ctx, param=param
            )
        parsed.append((name, Path(path) if path else None))
    check_places(path for _, path in parsed)
    if sum(path is None for _, path in parsed) > 1:
        raise UsageError("two formats cannot both go to stdout", help="Give one of them a file: NAME=FILE.")
    if any(name == "markdown" for name, _ in parsed):
        artifact_link()
    return tuple(parsed)
