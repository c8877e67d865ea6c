"""The page of commands, from click's own objects."""

import inspect
from collections.abc import Iterator

import click

from tests.reference.markdown import anchor, code, fence, prose, table
from zsync.cli import zsync
from zsync.cli.command import Command


def commands() -> dict[str, click.Command]:
    """Every command by name, in the order of `zsync --help`; those of a group, such as `ci run`, behind it."""
    return dict(inside(zsync))


def inside(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """The commands of a group, and theirs, by what is typed after `zsync`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        if command := group.get_command(context, name):
            yield before + name, command
            if isinstance(command, click.Group):
                yield from inside(command, f"{before}{name} ")


def page() -> str:
    """What each command takes, does and ends with."""
    found = commands()
    rows = [
        (f"[`zsync {name}`](#{anchor(f'zsync {name}')})", prose(each.get_short_help_str(200)))
        for name, each in found.items()
    ]
    parts = [
        "# Commands\n",
        "Results go to stdout, messages to stderr: `zsync plan --format json | jq` always works. `-h` and `--help` say the same at a "
        "terminal. [Exit codes](codes.md#exit-codes) mean the same everywhere, and so do [variables](environment.md).\n",
        table(["command", "does"], rows),
        _command("zsync", zsync),
        *(_command(f"zsync {name}", each) for name, each in found.items()),
    ]
    return "\n".join(parts)


def _command(name: str, command: click.Command) -> str:
    # click keeps a command's help option: it has to be the one that the program gives it.
    context = click.Context(command, info_name=name, **zsync.context_settings)
    parts = [
        f"## {name}\n",
        fence(" ".join([name, *command.collect_usage_pieces(context)])),
        _help(command.help or ""),
    ]
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [
        each
        for each in command.get_params(context)
        if isinstance(each, click.Option) and "--help" not in each.opts
    ]
    if arguments:
        parts.append(table(["argument", "given"], [_argument(each, context) for each in arguments]))
    if options:
        parts.append(
            table(["option", "value", "default", "means"], [_option(each, context) for each in options])
        )
    if not isinstance(command, click.Group):
        parts.append(table(["exit", "when"], exits(command)))
    return "\n".join(parts)


def exits(command: click.Command) -> list[tuple[str, str]]:
    """The exit codes that a command names, linked to what they mean everywhere, and when it ends with each."""
    known = command.exits.items() if isinstance(command, Command) else ()
    return [(f"[{number}](codes.md#exit-code-{number})", prose(when)) for number, when in known]


def _help(text: str) -> str:
    """The paragraphs of a help text; one that click is told not to wrap is code."""
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n".join(
        fence(inspect.cleandoc(block.removeprefix("\b\n"))) if block.startswith("\b") else prose(block) + "\n"
        for block in blocks
    )


def _argument(each: click.Argument, context: click.Context) -> tuple[str, str]:
    given = "needed" if each.required else "may be left out"
    many = ", as often as you like" if each.nargs == -1 and "PLAN" not in each.make_metavar(context) else ""
    return code(each.make_metavar(context)), given + many


def _option(each: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    names = ", ".join(code(name) for name in (*each.opts, *each.secondary_opts))
    value = "" if each.is_flag or each.count else each.make_metavar(context)
    shown = each.get_help_extra(context).get("default", "")
    variable = f" Or ${each.envvar}." if each.envvar and f"${each.envvar}" not in (each.help or "") else ""
    return names, code(value), code(shown), prose((each.help or "") + variable)
