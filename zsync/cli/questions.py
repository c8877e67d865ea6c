"""The questions of `zsync init`: numbered, each with its default, and none where a flag gives the answer."""

import sys
from collections.abc import Callable, Mapping, Sequence

import click


class Questions:
    """The questions that are left to ask, in this order: `flags` are what answers each instead, `talk` prints a line."""

    def __init__(self, flags: Mapping[str, str], wanted: Sequence[str], talk: Callable[[str], None]) -> None:
        self._flags = flags
        self._wanted = list(wanted)
        self._talk = talk
        self._asked = 0

    def check(self) -> None:
        """Raises `UsageError`, which names the flags, where there are questions and nobody to ask."""
        from zsync.errors import UsageError

        if self._wanted and not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask at, and not all is given",
                lines=tuple(f"missing: {self._flags[about]}" for about in self._wanted),
                help="Give them, or run `zsync init` at a terminal.",
            )

    def skip(self, about: str) -> None:
        """There is nothing to ask about this any more."""
        if about in self._wanted:
            self._wanted.remove(about)

    def number(self) -> str:
        """`3/5 `, for the question that is asked now."""
        self._asked += 1
        return f"{self._asked}/{max(len(self._wanted), self._asked)} "

    def ask(self, text: str, default: str, check: Callable[[str], str]) -> str:
        """What a person answers, asked again as long as `check` says what is wrong with it. Raises like `check`."""
        self.check()
        head = self.number()
        while True:
            answer = str(click.prompt(f"{head}{text}", default=default, err=True)).strip()
            wrong = check(answer)
            if not wrong:
                return answer
            self._talk(f"    {wrong}")
