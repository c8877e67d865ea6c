"""Selectors that fit nothing, and the part of a plan that they ask for."""

from dataclasses import replace

import pytest

from tests.planning.test_deciding import campaign, read, wanted
from tests.render.plans import SPRING, change, plan
from tests.worlds import managed
from zsync.errors import UsageError
from zsync.files.plan import sealed
from zsync.model import Summary, Withheld
from zsync.model.consent import Consent
from zsync.model.grounds import More
from zsync.model.selectors import RowNames
from zsync.model.verdicts import Verdict
from zsync.planning.origin import names_of, selected
from zsync.planning.packing import cost, pack
from zsync.planning.reading import Read
from zsync.planning.selecting import narrow, refuse_unmatched, rows_of
from zsync.planning.sides import turned

ANA = RowNames(
    "Campaigns", "501", "Spring Launch", "Leads", "Leads", "301", "ana@acme.example", "relations/spring.yaml"
)
BO = RowNames("Campaigns", "501", "Spring Launch", "Members", "Contacts", "302", "Bo Lund")


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("chnage", "; did you mean change?"),
        (" change", "; did you mean change?"),
        ("crate", "; did you mean create?"),
        ("drip", ""),
        ("zz,yy", ""),
        ("SPRING LUNCH", "; did you mean Spring Launch?"),
        ("Membrs", "; did you mean Members?"),
        ("Campagns", "; did you mean Campaigns?"),
        ("ana@acme.exmple", "; did you mean ana@acme.example?"),
        ("Bo Lumd", ""),
        ("Campaigns/Sprng Launch/Members/*", "; did you mean Campaigns/Spring Launch/Members/*?"),
        ("Campaigns/Spring Launch/Leads/ana@acme.exmpl", "; did you mean Campaigns/Spring Launch/Leads/ana@acme.example or Campaigns/Spring Launch/Members/*?"),
        ("relations/sprng.yaml", "; did you mean relations/spring.yaml?"),
        ("change, delete", "; write each by itself, for commas no longer part them as in zsync 0.1.0: --only change --only delete"),
        ("delete,create,drift", "; write each by itself, for commas no longer part them as in zsync 0.1.0: --only delete --only create --only drift"),
        ("change,delet", ""),
    ],
)  # fmt: skip
def test_a_pattern_that_fits_nothing_is_told_with_what_it_may_have_meant(pattern: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_unmatched((pattern,), [ANA, BO])
    told = f"--only {pattern} is neither an origin nor an action, and fits no row{advice}"
    assert str(caught.value) == told
    assert caught.value.help.startswith(
        "The words are change, drift, source, conflict, create, update, delete. A pattern, "
    )


def test_of_several_patterns_the_first_that_fits_nothing_is_told() -> None:
    refuse_unmatched(("Spring*", "Bo Lund"), [ANA, BO])
    with pytest.raises(UsageError, match="--only '' is neither"):
        refuse_unmatched(("Spring*", "", "nobody"), [ANA, BO])


def test_an_empty_list_is_proposed_by_its_parent_and_nobody() -> None:
    empty = BO._replace(related_id="", label="")
    with pytest.raises(UsageError, match=r"did you mean Campaigns/Spring Launch/Members/\*\?"):
        refuse_unmatched(("Campaigns/Spring Lunch/Members/*",), [empty._replace(related_module="Products")])


def test_a_plan_knows_the_rows_of_its_manifests_its_base_and_its_lists() -> None:
    listed = replace(campaign({"301": "Sent"}, prune=True), key=("Email", "Last_Name"))
    listed = replace(listed, records=tuple(row._replace(by_id=True) for row in listed.records))
    of = wanted(listed, base=(managed("Leads", "305", {"502": "Sent"}, prune=False, line=9),))
    held = read(of, {("501", "309"): "Sent"})
    (spring, *_) = held.lists
    (row,) = spring.joined.surplus
    named = replace(spring.joined, surplus=({**row, "Email": "o@x.example", "Last_Name": "Ek"},))
    rows = [*rows_of(of, replace(held, lists=(replace(spring, name="Members", joined=named),)))]
    assert RowNames("Campaigns", "501", "501", "Members", "Leads", "", "") in rows
    assert RowNames("Campaigns", "501", "501", "Members", "Leads", "309", "o@x.example Ek") in rows
    assert RowNames("Campaigns", "501", "501", "Leads", "Leads", "301", "301", "spring.yaml") in rows
    assert RowNames("Leads", "305", "305", "Campaigns", "Campaigns", "502", "502", "spring.yaml") in rows
    assert {(each.related_id, each.label) for each in rows if not each.file} == {
        ("", ""),
        ("309", "o@x.example Ek"),
        ("309", "309"),
    }


def test_a_relation_that_was_turned_stands_in_the_list_of_its_other_side() -> None:
    leads = [
        replace(managed("Leads", lead, {"501": "Sent"}, prune=False, line=1), name="My_Campaigns")
        for lead in ("301", "302")
    ]
    of = wanted(*leads)
    written = {row.related_list for row in rows_of(of, Read(()))}
    assert written == {"My_Campaigns"}
    (scope,) = turned(of.scopes.values(), [("Leads", "Campaigns")])
    asked = replace(of, scopes={scope.key: scope})
    assert {row[:6] for row in rows_of(asked, Read(()))} == {
        ("Campaigns", "501", "501", "Leads", "Leads", lead) for lead in ("301", "302")
    }


def test_a_part_of_a_plan_is_a_plan_of_its_own() -> None:
    ana, bo = change("ana", None, {"Seat": 1}, number=1), change("bo", {"Seat": 1}, None, number=2)
    whole = replace(plan(ana, bo), verdicts=(Verdict("max_deletes", More(1)),), only=("*/Leads/*",))
    part = narrow(whole, ("create",), 3)
    requests = pack([ana])
    expected = replace(
        whole,
        changes=(ana,),
        requests=requests,
        summary=Summary(create=1, unchanged=7),
        cost=cost(whole.cost.reads, [ana], requests, 3, (), keys=True),
        verdicts=(),
        only=("*/Leads/*", "create"),
    )
    assert part == sealed(expected)
    assert part.digest != whole.digest
    keyed = narrow(replace(whole, restores="run"), ("create",), 3)
    assert keyed.cost == cost(whole.cost.reads, [ana], requests, 3, (), keys=False)


def test_a_part_of_a_plan_may_ask_for_what_is_withheld_and_for_nothing_unknown() -> None:
    kept, left = change("ana", None, {"Seat": 1}, number=1), change("bo", None, {"Seat": 1}, number=2)
    whole = replace(plan(kept), withheld=(Withheld("conflict", left),))
    assert narrow(whole, ("bo",), 1).changes == ()
    with pytest.raises(UsageError, match="fits no row"):
        narrow(whole, ("cy",), 1)


def test_a_row_is_known_by_the_file_that_wants_it() -> None:
    one = change("ana", None, {}, to=SPRING, file="relations/spring.yaml")
    assert selected(one, ("relations/*.yaml",))
    assert names_of(replace(one, source=None)).file == ""


def test_what_the_base_alone_wants_gone_is_a_row_that_a_plan_knows() -> None:
    of = wanted(campaign({"301": "Sent"}), base=(campaign({"309": None}),))
    assert "309" in {row.related_id for row in rows_of(of, Read(()))}


def test_a_part_of_a_plan_costs_what_asking_for_consent_costs() -> None:
    ana = change("ana", None, {"Seat": 1}, number=1)
    whole, rules = plan(ana, change("bo", None, {"Seat": 1}, number=2)), (Consent(),)
    part = narrow(whole, ("ana",), 3, rules)
    assert part.cost == cost(whole.cost.reads, [ana], part.requests, 3, rules, keys=True)
    assert part.cost != narrow(whole, ("ana",), 3).cost
