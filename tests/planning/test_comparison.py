"""Lists as they are read: hidden leads, and rows that slip away between pages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.worlds import CAMPAIGNS, LEADS, WORLD, become, managed, plan
from zsync.emulator import RunningCrm, running
from zsync.model import Manifests, Summary


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A bundled CRM in which one lead is a member of the first campaign."""
    with running(WORLD) as bundled:
        become(bundled, {(CAMPAIGNS[0], LEADS[0]): "Sent"})
        yield bundled


def said(*, converted: bool) -> Manifests:
    """A manifest that wants what is there."""
    one = managed("Campaigns", CAMPAIGNS[0], {LEADS[0]: "Sent"}, prune=True, line=1)
    return Manifests((replace(one, converted=converted),), ("spring.yaml",), "sha256:" + "0" * 64)


@pytest.mark.parametrize(("converted", "summary"), [(False, Summary(create=1)), (True, Summary(unchanged=1))])
def test_converted_leads_are_seen_on_request(crm: RunningCrm, converted: bool, summary: Summary) -> None:
    crm.convert(LEADS[0])
    assert plan(crm, said(converted=converted)).summary == summary


def test_a_list_of_one_page_is_not_counted(crm: RunningCrm) -> None:
    plan(crm, said(converted=False))
    assert not [one for one in crm.requests if "count" in one.path]
