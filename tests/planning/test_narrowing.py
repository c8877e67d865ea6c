"""Updates for orgs that keep what is left out: the fields that differ, and nothing carried."""

from dataclasses import replace
from typing import Any

import pytest

from tests.applying.journaled import carried_out
from tests.worlds import WORLD, managed, planned, saying, undone
from zsync.emulator import running
from zsync.kinds import Kind
from zsync.model import Change
from zsync.model.plans import ProfileBound
from zsync.planning.narrowing import changed_only

MOVED = Change(
    "update",
    "Campaigns",
    "501",
    "Leads",
    "Leads",
    "301",
    "Spring",
    "ana",
    before={"Member_Status": "Sent", "Seat": "A", "Fee": 5, "Note": "kept"},
    after={"Member_Status": "Opened", "Seat": "A", "Fee": 6, "Gate": 2},
    origins={"Fee": "drift", "Seat": "drift"},
    carried={"Hall": "B"},
)


def test_an_update_sends_the_fields_that_differ_with_their_origins_and_carries_nothing() -> None:
    assert changed_only(MOVED) == replace(
        MOVED,
        before={"Member_Status": "Sent", "Fee": 5, "Gate": None},
        after={"Member_Status": "Opened", "Fee": 6, "Gate": 2},
        origins={"Fee": "drift"},
        carried={},
    )


@pytest.mark.parametrize(
    "change", [replace(MOVED, action="create", before=None), replace(MOVED, action="delete", after=None)]
)
def test_what_comes_and_what_goes_is_as_it_was(change: Change) -> None:
    assert changed_only(change) is change


def test_a_plan_and_its_undo_say_what_updates_send_and_hold_the_profiles_that_they_used() -> None:
    seated = Kind("Campaigns", "Leads", {"Member_Status": "text", "Seat": "text"})
    fields: dict[str, Any] = {"member_fields": {"Seat": {}, "Hall": {}}}
    used = (ProfileBound("sandbox", "sha256:" + "a" * 64),)
    asked: dict[str, Any] = {"profiles": used, "kinds": (seated,)}
    with running({**WORLD, "switches": {"member_info": "all"}, **fields}) as crm:
        crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Planned", "Seat": "A"})
        one = replace(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1), kind=seated)
        changed, quiet = planned(crm, saying(one), put="changed", **asked)
        whole, warned = planned(crm, saying(one), **asked)
        assert ([each.code for each in warned], quiet) == (["undeclared-fields"], ())
        assert [(made.changes[0].carried == {}, made.binding.put) for made in (changed, whole)] == [
            (True, "changed"),
            (False, "all"),
        ]
        assert changed.binding.profiles == used
        run = carried_out(crm, changed)
        back, _ = undone(crm, run, put="changed", **asked)
        assert (back.changes[0].carried, back.binding.put, back.binding.profiles) == ({}, "changed", used)
        assert (back.changes[0].action, back.changes[0].after) == ("update", {"Member_Status": "Planned"})
        again, _ = undone(crm, run, kinds=(seated,))
        assert (again.binding.put, again.binding.profiles) == ("all", ())
