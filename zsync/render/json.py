"""Plans and reports as the JSON of `zsync.files.plan`, the same bytes as the files; diagnostics as a list."""

import json
from collections.abc import Sequence
from typing import Any

from zsync.files.plan import dump_plan, dump_report, inert
from zsync.model import Diagnostic, Drift, Plan, Report


def render_plan(plan: Plan) -> str:
    """The plan file, as `schemas/plan.schema.json` describes it."""
    return dump_plan(plan)


def render_drift(drift: Drift) -> str:
    """The plan that would restore Git's values, with the rows that no manifest names in `unmanaged`."""
    return dump_plan(drift.plan)


def render_report(report: Report) -> str:
    """The report file, as `schemas/report.schema.json` describes it."""
    return dump_report(report)


def render_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """A list of `{code, severity, message, file, line, column, help}`, one per line, for editors and CI.

    Lines and columns count from 1; where a diagnostic has no place, they and the file are null.
    """
    rows = [inert(json.dumps(_row(diagnostic))) for diagnostic in diagnostics]
    return "[\n" + ",\n".join(f"  {row}" for row in rows) + "\n]\n" if rows else "[]\n"


def _row(diagnostic: Diagnostic) -> dict[str, Any]:
    file, line, column = diagnostic.span or (None, None, None)
    place = {"file": file, "line": line, "column": column}
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": str(diagnostic.message),
        **place,
        "help": str(diagnostic.help),
    }
