"""Plans and reports as the JSON that `zsync.plan` defines: the same bytes as the files."""

from zsync.model import Plan, Report
from zsync.plan import dump_plan, dump_report


def render_plan(plan: Plan) -> str:
    """The plan file, as `schemas/plan.schema.json` describes it."""
    return dump_plan(plan)


def render_report(report: Report) -> str:
    """The report file, as `schemas/report.schema.json` describes it."""
    return dump_report(report)
