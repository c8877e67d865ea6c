"""Habits of scripts from the days of zsync 0.1.0: a pattern for each, and what to do instead."""

import re
from dataclasses import dataclass
from typing import Literal

from zsync.doctor.findings import Orgs

# Not `zsync-crm`, `acme/zsync`, `./zsync` or `zsync.yaml`.
_BARE = r"(?<![\w./:@-])zsync(?![\w./:-])"
_NOTHING: re.Pattern[str] = re.compile(r"(?!)")
_INSTALLS = (
    r"(?<![\w-])(?:(?:pip3?|poetry|pdm|conda|brew|apt(?:-get)?)\s+(?:install|add|download)|uv\s+(?:add|(?:pip|tool)\s+(?:install|run))"
    r"|pipx\s+(?:install|run|inject)|uvx|additional_dependencies:)(?!\w)"
)
_RUNS = r"(?:(?<![\w.-])zsync|\$\{?ZSYNC\}?[\"']?)(?![\w-])[^|;&#]*?\s"
"""The command zsync, and options before what follows."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A habit shows in a line that matches `line` and not `without`, in a file that nowhere matches `unless`. `where` says in
    which files to look.
    """

    name: str
    line: re.Pattern[str]
    message: str
    advice: str
    without: re.Pattern[str] = _NOTHING
    unless: re.Pattern[str] = _NOTHING
    where: Literal["scripts", "requirements"] = "scripts"
    also: tuple[re.Pattern[str], ...] = ()
    """What else the line must hold, wherever in it."""
    only: Literal["", "several", "shared"] = ""
    """What of `Orgs` must be so that it breaks."""

    def applies(self, text: str, orgs: Orgs, *, requirements: bool) -> bool:
        """Whether it can be met in a file with this text."""
        return (
            requirements == (self.where == "requirements")
            and (not self.only or getattr(orgs, self.only))
            and not self.unless.search(text)
        )

    def met(self, line: str) -> bool:
        """Whether a line has it."""
        return all(each.search(line) for each in (self.line, *self.also)) and not self.without.search(line)


WORDS = re.compile(r"zsync|--journal|--only|/__emulator/|apply\.json", re.IGNORECASE)
"""A line that has a habit has one of these; most have none, and are not looked at any further."""

_NAME = (
    "bare-name",
    "it installs the package `zsync`, which is a stranger's program; zsync 0.1.0 was told to be installed so",
    "Name zsync-crm, pinned with its hashes; the command stays `zsync`.",
)

HABITS: tuple[Habit, ...] = (
    Habit(
        _NAME[0],
        re.compile(rf"(?:{_INSTALLS}|ZSYNC_PACKAGE\s*[:=])[^\n#&|;]*?{_BARE}"),
        *_NAME[1:],
    ),
    Habit(
        _NAME[0],
        re.compile(
            r"^\s*zsync\s*(?:\[[^\]]*\])?\s*(?:[<>~!;@#\\]|==|$)|^\s*zsync\s*=\s*[\"'][\^~<>=*\d]"
            r"|[\"']zsync\s*(?:\[[^\]]*\])?\s*(?:[<>~!;@]|==)|^\s*[\"']zsync[\"'],?\s*$|dependencies\s*=\s*\[.*[\"']zsync[\"']"
        ),
        *_NAME[1:],
        where="requirements",
    ),
    Habit(
        "gone-variable",
        re.compile(r"\bZSYNC_PACKAGE\b"),
        "ZSYNC_PACKAGE is read by nothing any more; the recipe of zsync 0.1.0 installed what it named, unpinned",
        "Copy today's recipe, and set ZSYNC_REQUIREMENTS to a requirements file with hashes.",
        unless=re.compile(r"ZSYNC_REQUIREMENTS"),
    ),
    Habit(
        "journal-folder",
        re.compile(
            r"--journal[= ]\s*[\"']?(?:(?:[^\s\"']*/)?(?![$.])[^\s/.\"']+[\"']?(?=\s|$)|[^\s\"']+/[\"']?(?=\s|$))"
        ),
        "--journal names a file; in zsync 0.1.0 it was the folder of all journals",
        "Name the file itself, such as --journal out/journal.jsonl.",
    ),
    Habit(
        "journal-place",
        re.compile(r"\.zsync/runs\b"),
        "no journal is in `.zsync/runs` any more, where zsync 0.1.0 kept them",
        "Say --journal FILE, and keep that file.",
    ),
    Habit(
        "committed-review",
        re.compile(r"\.zsync/reviewed\b"),
        "no plan in `.zsync/reviewed` counts as reviewed any more, as it did in zsync 0.1.0",
        "Call the workflow apply.yml, or say `zsync ci decide`.",
    ),
    Habit(
        "resume-asks",
        re.compile(rf"{_RUNS}resume\b"),
        "resume shows what is left and asks, and exits 64 without a terminal; zsync 0.1.0 went on at once",
        "In a script, add --auto-approve.",
        without=re.compile(r"--auto-approve\b|--help\b"),
    ),
    Habit(
        "last-of-which",
        re.compile(rf"{_RUNS}(?:resume|undo)\s+(?:.*\s)?last\b"),
        "`last` is the newest run of the environment in force, and here are several; zsync 0.1.0 took the newest of all",
        "Add -e ENV.",
        without=re.compile(r"\s(?:-e|--environment)\b|\bZSYNC_ENVIRONMENT="),
        unless=re.compile(r"^[ \t]*(?:export[ \t]+)?ZSYNC_ENVIRONMENT[ \t]*[:=]", re.MULTILINE),
        only="several",
    ),
    Habit(
        "only-list",
        re.compile(r"--only[= ]\s*[\"']?[^\s\"']*,"),
        "--only takes one selector; zsync 0.1.0 split it at commas",
        "Write --only once for each selector.",
    ),
    Habit(
        "shared-tree",
        re.compile(r"(?<![\w.-])zsync\s+(?:plan|apply|drift|verify)\b"),
        "it plans an environment from a folder of its own; in zsync 0.1.0 only that counted, now all manifests beside zsync.yaml do",
        "Give each environment its folders in zsync.yaml: `manifests: [everywhere, eu]`.",
        also=(
            re.compile(r"\s(?:-e|--environment)\b"),
            re.compile(r"(?<!\S)(?!-)[\w.-]+/[\w./-]*(?<!\.json)(?!\S)"),
        ),
        only="shared",
    ),
    Habit(
        "control-token",
        re.compile(r"/__emulator/"),
        "the emulator's control endpoints require a token (401); zsync 0.1.0 let anybody in",
        "Send the header X-Control-Token with the `control_token` that `zsync emulator` prints.",
        unless=re.compile(r"X-Control-Token", re.IGNORECASE),
    ),
    Habit(
        "report-name",
        re.compile(r"\bapply\.json\b"),
        "the action leaves report.json after an apply; in zsync 0.1.0 it was apply.json",
        "Name report.json.",
    ),
    Habit(
        "no-digest",
        re.compile(r"(?:zsync-ci|\$\{?ZSYNC_CI\}?)[\"']?\s+apply\b"),
        "`zsync-ci apply` requires ZSYNC_DIGEST; in zsync 0.1.0 it took any plan in the folder",
        "Hand on FOLDER/digest.env of the plan's job, in GitLab as its dotenv report.",
        unless=re.compile(r"ZSYNC_DIGEST|digest\.env"),
    ),
)
"""The habits, in the order in which they are reported."""
