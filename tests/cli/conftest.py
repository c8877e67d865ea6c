"""The command line before a CRM with one campaign, two leads and a manifest that wants both."""

import pytest

from tests.foreign.conftest import Write, crm, secrets, variables, write
from tests.foreign.crm import Foreign

__all__ = ["crm", "secrets", "spring", "variables", "write"]

MANIFEST = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring}}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: ana@acme.example, Member_Status: Sent}
      - {Email: bo@acme.example, Member_Status: Sent}
"""


@pytest.fixture
def spring(crm: Foreign, write: Write) -> Foreign:
    """One lead is a member with another status, the other is none: one update, one create."""
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    crm.add("Leads", "11", Email="ana@acme.example")
    crm.add("Leads", "12", Email="bo@acme.example")
    crm.link("Campaigns", "50", "Leads", "11", Member_Status="Invited")
    write("spring.yaml", MANIFEST)
    return crm
