"""A page whose commands are tried, block by block, in one folder beside the demo's CRM.

Marks in the page, as comments that no reader sees, say what a block is:

    <!-- file PATH -->       the block is that file; it is written
    <!-- run -->             the block is commands; the last one ends with 0, or with N after `<!-- run N -->`
    <!-- shows -->           each line of the block stands in what the last commands printed; `…` is any text
    <!-- emulator -->        the block starts a CRM of its own, which later commands talk to
    <!-- colleague EDIT -->  a colleague's edit in the CRM, in YAML; `<!-- faults LIST -->` is a script of faults
"""

import re
import subprocess
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from tests.example import Desk
from tests.program import shim
from zsync.emulator import colleague

_BLOCK = re.compile(
    r"^<!-- (file|run|shows|emulator|colleague|faults)(?!-)\b *(.*?) *-->\n(?:\n?```\w*\n(.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A mark: what it is, what it says, and the code behind it."""

    kind: str
    said: str
    code: str


def blocks(text: str) -> list[Block]:
    """The marked blocks of a page, in their order."""
    return [Block(kind, said, code) for kind, said, code in _BLOCK.findall(text)]


@dataclass
class Story:
    """A page under way: what was printed last, and the CRM that a page started itself."""

    desk: Desk
    printed: str = ""
    own: dict[str, str] = field(default_factory=dict)
    servers: list[subprocess.Popen[str]] = field(default_factory=list)

    def tell(self, page: list[Block]) -> None:
        """Every block in turn. Raises AssertionError at the first that is not as the page says."""
        for block in page:
            getattr(self, f"_{block.kind}")(block)

    def _file(self, block: Block) -> None:
        file = self.desk.folder / block.said
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.code, "utf-8")

    def _run(self, block: Block) -> None:
        env = {**self.desk.environment(), **self.own}
        done = subprocess.run(
            shell("", block.code), cwd=self.desk.folder, env=env, capture_output=True, text=True
        )
        self.printed = done.stdout + done.stderr
        assert (block.code, done.returncode) == (block.code, int(block.said or 0)), self.printed

    def _shows(self, block: Block) -> None:
        for line in filter(str.strip, block.code.splitlines()):
            pattern = ".*".join(map(re.escape, re.sub(r" +", " ", line.strip()).split("…")))
            assert re.search(pattern, re.sub(r" +", " ", self.printed)), (
                f"{line}\n\nis not in\n\n{self.printed}"
            )

    def _emulator(self, block: Block) -> None:
        started = subprocess.Popen(
            shell("exec", block.code),
            cwd=self.desk.folder,
            env=self.desk.environment(),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        self.servers.append(started)
        assert started.stderr is not None
        told = next((line for line in started.stderr if line.startswith("export ")), "")
        self.own = dict(re.findall(r"(\w+)=(\S+)", told))
        assert self.own, block.code

    def _colleague(self, block: Block) -> None:
        colleague.carry_out(self.desk.crm._org, colleague.checked_edit(_yaml(block.said), "edit"))

    def _faults(self, block: Block) -> None:
        self.desk.crm.clear_faults()
        self.desk.crm.add_faults(_yaml(block.said))


def shell(how: str, code: str) -> list[str]:
    """bash with that code, in which `zsync` is the command; `how` it is started is nothing or `exec`."""
    return ["bash", "-c", f'zsync() {{ {how} {shim()} "$@"; }}\n{code}']


def _yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)
