"""The page of formats, each with what it makes of one plan."""

import inspect
import re
import tempfile
from importlib import import_module
from pathlib import Path

from tests.example import desk
from tests.reference.markdown import code, fence, prose, table
from zsync.cli.redaction import PUBLIC
from zsync.render import FORMATS

_LANGUAGES = {"markdown": "markdown", "json": "json", "junit": "xml"}
_PICTURES = {
    "html": "![The page of a plan: totals, a chart by list, a table to search](../../pictures/page-plan.png)\n",
    "markdown": "On GitHub:\n\n![The comment under a pull request](../../pictures/comment-plan.png)\n",
}


def page() -> str:
    """What each format is for, and how it looks."""
    rows = [
        (f"[`{name}`](#{name})", prose(_about(name)[0]), "yes" if name in PUBLIC else "") for name in FORMATS
    ]
    return "\n".join(
        [
            "# Formats\n",
            "`--format NAME[=FILE]`, as often as you like, on every command that prints a plan or a report: "
            "`--format text --format markdown=plan.md --format html=plan.html`. `zsync show FILE` prints a saved plan or report in any of them.\n",
            table(["format", "is", "masked by default"], rows),
            "Text is masked on GitHub Actions, too. [Personal data](../personal-data.md) says what masking is.\n",
            "What follows are the forms of one plan, which\n",
            fence("zsync plan relations/campaigns/roundtables.yaml -e demo --out plan.json"),
            "makes of the [example manifests](../../../relations).\n",
            *_samples(),
        ]
    )


def _about(name: str) -> list[str]:
    """What the module of a format says of itself, paragraph by paragraph."""
    return (inspect.getdoc(import_module(FORMATS[name])) or "").split("\n\n")


def _samples() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)) as example:
        example.plan("relations/campaigns/roundtables.yaml")
        shown = {name: example.show("plan.json", name) for name in FORMATS if name != "html"}
    return [_sample(name, shown.get(name, "")) for name in FORMATS]


def _sample(name: str, text: str) -> str:
    told = "\n\n".join(map(prose, _about(name)))
    if name == "json":
        keys = "changes|cost|content|facts|format|requests|summary"
        text = re.sub(rf",(?=\"(?:{keys})\":[{{\"\[])", ",\n ", text).replace('},{"action', '},\n  {"action')
    parts = [
        f"## {name}\n\n{told}\n",
        fence(text, _LANGUAGES.get(name, "")) if text else "",
        _PICTURES.get(name, ""),
    ]
    note = (
        "Here with line ends, which the file has none of; [plan files](plan-file.md) tells each key.\n"
        if name == "json"
        else ""
    )
    return "\n".join(part for part in (*parts, note) if part)


def variables_page() -> str:
    """Every environment variable."""
    from zsync.explain.variables import VARIABLES

    rows = [(code(name), prose(meaning)) for name, meaning in VARIABLES.items()]
    return "\n".join(
        [
            "# Environment variables\n",
            "Secrets come from here and from nowhere else: zsync.yaml is in Git, and zsync refuses it where it holds one. `zsync explain NAME` "
            "tells one of them.\n",
            table(["variable", "does"], rows),
            "The connection is the three of the self-client, or an access token. Without a zsync.yaml they are all that zsync needs.\n",
        ]
    )
