"""Checks, before anything else is read or written, that the token belongs to the org that is meant."""

from zsync.crm.reader import Org
from zsync.errors import AccessDenied, PlanRefused
from zsync.model import Expected, Plan


def check_environment(org: Org, expected: Expected) -> None:
    """Raises `AccessDenied` if the token is of another org, or another type of org, than the environment expects."""
    for what, wanted, found in (("org", expected.org_id, org.id), ("org type", expected.org_type, org.type)):
        if wanted and wanted != found:
            raise AccessDenied(
                f"the environment {expected.environment!r} expects the {what} {wanted}, and the token is of "
                f"{found or 'none'} ({org.name or 'no name'}, {org.id}, {org.type or 'no type'})"
                + (f": it comes from {expected.variable}" if expected.variable else ""),
                code="WRONG_ORG",
                status=0,
                request="GET /org",
                exit_code=8,
                help="Choose another environment with -e, mend zsync.yaml, or give each environment its own "
                "ZSYNC_<ENVIRONMENT>_CLIENT_ID, _CLIENT_SECRET and _REFRESH_TOKEN: `zsync login -e NAME`.",
            )


def check_plan_org(plan: Plan, org: Org, api_domain: str) -> None:
    """Raises `PlanRefused` if the plan was made for another CRM than the one behind the connection."""
    for what, planned, found in (
        ("org", plan.binding.org_id, org.id),
        ("org type", plan.binding.org_type, org.type),
        ("API address", plan.binding.api_domain, api_domain),
    ):
        if planned != found or (not planned and what != "org type"):
            raise PlanRefused(
                f"the plan is for another {what}: it was made for {planned or 'none'}, this is {found or 'none'}",
                help="Use the credentials of the plan's org, or make a plan for this one.",
            )
