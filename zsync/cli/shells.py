"""How shells ask what can stand next: click's completion, with values that hold spaces and signs of the shell, and without a traceback ever."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

VARIABLE = "_ZSYNC_COMPLETE"
"""The variable in which a shell says what it asks for."""

PROGRAMS = ("zsync", "zsync-crm")

# In the shell's own quoting: what is between is pasted into the command line as it stands.
_SIGNS = re.compile(r"([^A-Za-z0-9_@%+=:,./-])", re.ASCII)

_BASH = r"""%(complete_func)s() {
    local IFS=$'\n' response completion type value
    response=$(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$response"
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""


class _Quiet(ShellComplete):
    """Says nothing where something goes wrong: whoever types wants no traceback on the line."""

    def complete(self) -> str:
        try:
            return super().complete()
        except Exception:  # noqa: BLE001  no value is a good answer, and the command itself will say what is wrong
            return ""


class _Bash(_Quiet, BashComplete):
    """Bash pastes what it gets, so what has a meaning to it is quoted."""

    source_template: ClassVar[str] = _BASH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        return f"{item.type},{_SIGNS.sub(_escaped, str(item.value))}"


class _Zsh(_Quiet, ZshComplete):
    """As click has it."""


class _Fish(_Quiet, FishComplete):
    """As click has it."""


_SHELLS: Mapping[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def register() -> None:
    """Have click answer shells with these."""
    for name, shell in _SHELLS.items():
        add_completion_class(shell, name)


def script(shell: str) -> str:
    """What a shell is to run once; both names of the program are completed."""
    asking = _SHELLS[shell](click.Command("zsync"), {}, "zsync", VARIABLE)
    # Without click's check of bash's version, which starts bash and talks about it.
    text = asking.source_template % asking.source_vars()
    function = asking.func_name
    more = {
        "bash": f"complete -F {function} zsync-crm",
        "zsh": f"compdef {function} zsync-crm",
        "fish": "complete --no-files --command zsync-crm --wraps zsync",
    }
    return f"{text.rstrip()}\n{more[shell]}\n"


def _escaped(sign: re.Match[str]) -> str:
    # A letter of any alphabet needs nothing.
    return sign[1] if sign[1].isalnum() else f"\\{sign[1]}"
