"""Plans and reports as text for people and programs: values come in, a `str` goes out, nothing is printed.

A renderer is a module with `render_plan(plan) -> str` and `render_report(report) -> str`, whose results end with a line
end. Names in a plan come from strangers, so all text passes through `zsync.render.escape`.
"""

from importlib import import_module
from types import MappingProxyType
from typing import Protocol, cast

from zsync.model import Plan, Report

FORMATS = MappingProxyType(
    {
        "text": "zsync.render.text",
        "json": "zsync.render.json",
        "markdown": "zsync.render.markdown",
        "html": "zsync.render.html",
        "github": "zsync.render.github",
        "junit": "zsync.render.junit",
    }
)
"""Format, as in `--format` → the name of its module."""


DRIFTS = MappingProxyType(
    {
        **FORMATS,
        "text": "zsync.render.text_drift",
        "markdown": "zsync.render.markdown_drift",
    }
)
"""Format → the name of the module that has `render_drift(drift) -> str` for it."""


DIAGNOSTICS = MappingProxyType(
    {
        "text": "zsync.render.diagnostics",
        "json": "zsync.render.json",
        "markdown": "zsync.render.problems",
        "github": "zsync.render.github",
        "junit": "zsync.render.junit",
    }
)
"""Format → the name of the module that has `render_diagnostics(diagnostics) -> str` for it."""


class Renderer(Protocol):
    """What every module of `FORMATS` offers. Some accept more keywords: `color` and `width`, or `limit`."""

    def render_plan(self, plan: Plan) -> str:
        """The plan, ending with a line end."""

    def render_report(self, report: Report) -> str:
        """The report, ending with a line end."""


def renderer(name: str) -> Renderer:
    """The module of a format. Raises `KeyError` for a name that is not in `FORMATS`."""
    return cast("Renderer", import_module(FORMATS[name]))
