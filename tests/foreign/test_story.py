"""The whole main job through the real command line: manifests in, plan out, applied, nothing left to do."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.crm import Canned, Foreign
from tests.program import Run

Write = Callable[[str, str], Path]

CAMPAIGN, BOOK = "3652397000000500001", "3652397000000700001"
NAME = 'Spring, "Early Birds", Ana\'s 2027'


def lead(number: int) -> str:
    """The id of the n-th lead: 19 digits, beyond what a double holds."""
    return str(3652397000000300000 + number)


def product(number: int) -> str:
    """The id of the n-th product."""
    return str(3652397000000600000 + number)


@pytest.fixture
def spring(crm: Foreign, write: Write) -> Foreign:
    """300 leads, 120 of them members; a manifest of 250 of which 100 are members, 20 with another status; 12 prices."""
    crm.add("Campaigns", CAMPAIGN, Campaign_Name=NAME)
    crm.add("Price_Books", BOOK, Price_Book_Name="Wholesale")
    for n in range(300):
        crm.add("Leads", lead(n), Email=f"lead{n}@acme.example")
    for n in range(120):
        crm.link("Campaigns", CAMPAIGN, "Leads", lead(n), Member_Status="Sent" if n < 40 else "Planned")
    for n in range(12):
        crm.add("Products", product(n), Product_Code=f"KIT-{n:02}")
    crm.link("Products", product(0), "Price_Books", BOOK, list_price=49.9)
    crm.link("Products", product(1), "Price_Books", BOOK, list_price=7)
    write(
        "spring.yaml",
        f"version: 1\nparent:\n  module: Campaigns\n  match:\n    Campaign_Name: '{NAME.replace(chr(39), chr(39) * 2)}'\n"
        "related_lists:\n  Leads:\n    key: Email\n    prune: true\n    defaults: {Member_Status: Planned}\n    records:\n"
        + "".join(f"      - Email: lead{n}@acme.example\n" for n in range(20, 270)),
    )
    write(
        "prices.yaml",
        "version: 1\nparent: {module: Price_Books, match: {Price_Book_Name: Wholesale}}\n"
        "related_lists:\n  Products:\n    key: Product_Code\n    records:\n"
        + "".join(
            f"      - {{Product_Code: KIT-{n:02}, list_price: {'49.90' if n == 0 else f'{n}.10'}}}\n"
            for n in range(12)
        ),
    )
    return crm


def test_a_campaign_of_250_and_twelve_prices_are_planned_applied_and_done(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    planned = run("plan", "--out", "plan.json", "--detailed-exitcode")
    assert planned.code == 2, planned.err
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["summary"] == {"create": 150 + 10, "update": 20 + 1, "delete": 20, "unchanged": 80 + 1}
    assert not spring.sent("PUT", "DELETE")
    applied = run("apply", "plan.json")
    assert applied.code == 0, applied.out
    puts = [one.path.rpartition("/crm/v8/")[2] for one in spring.sent("PUT")]
    assert sorted(puts) == [f"Campaigns/{CAMPAIGN}/Leads"] * 2 + [f"Price_Books/{BOOK}/Products"]
    assert len(spring.sent("DELETE")) == 1
    assert spring.members("Campaigns", CAMPAIGN, "Leads") == {
        lead(n): {"Member_Status": "Planned"} for n in range(20, 270)
    }
    prices = {i: f["list_price"] for (i, _), f in spring.links["Products", "Price_Books"].items()}
    assert prices == {product(0): 49.9} | {product(n): Decimal(f"{n}.1") for n in range(1, 12)}
    again = run("plan", "--detailed-exitcode")
    assert again.code == 0, again.out


def test_prices_leave_as_they_stand_in_the_manifest_without_a_float(spring: Foreign, run: Run) -> None:
    run("apply", "relations/prices.yaml", "--auto-approve")
    (put,) = spring.sent("PUT")
    assert b'"list_price":1.1' in put.body
    assert b'"id":"%s"' % product(1).encode() in put.body


def test_one_refused_row_in_a_hundred_is_named_with_code_and_place(
    spring: Foreign, run: Run, write: Write
) -> None:
    manifest = write(
        "spring.yaml",
        f"version: 1\nparent: {{module: Campaigns, id: '{CAMPAIGN}'}}\nrelated_lists:\n  Leads:\n    records:\n"
        + "".join(f"      - {{id: '{lead(n)}', Member_Status: Invited}}\n" for n in range(100)),
    )
    spring.refuse[lead(41)] = "RECORD_LOCKED"
    done = run("apply", str(manifest), "--auto-approve")
    assert done.code == 3
    assert "99 applied" in done.out
    assert "RECORD_LOCKED" in done.out
    assert "spring.yaml:47:9" in done.out
    statuses = [f["Member_Status"] for f in spring.members("Campaigns", CAMPAIGN, "Leads").values()]
    assert statuses.count("Invited") == 99


def test_the_same_clock_gives_the_same_bytes_and_another_clock_the_same_content(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    for name, epoch in (("a", "1800000000"), ("b", "1800000000"), ("c", "1800009999")):
        run("plan", "--out", f"{name}.json", SOURCE_DATE_EPOCH=epoch)
    a, b, c = ((tmp_path / f"{name}.json").read_bytes() for name in "abc")
    assert a == b != c
    assert json.loads(a)["content"] == json.loads(c)["content"]
    assert json.loads(a)["digest"] != json.loads(c)["digest"]


def test_the_order_in_which_the_crm_gives_its_rows_is_not_the_plans(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    for name in "ab":
        run("plan", "--out", f"{name}.json")
        for pair, links in spring.links.items():
            spring.links[pair] = dict(reversed(links.items()))
    a, b = (json.loads((tmp_path / f"{name}.json").read_text()) for name in "ab")
    assert a["content"] == b["content"]
    lines = [change["source"]["line"] for change in a["changes"] if change["action"] == "update"]
    assert lines[:20] == sorted(lines[:20])


def test_five_mistakes_in_two_files_are_five_diagnostics_and_no_request(
    crm: Foreign, run: Run, write: Write
) -> None:
    write(
        "a.yaml",
        "version: 1\nparent: {module: Campaigns, id: '1'}\nrelated_lists:\n  Leads:\n    records:\n"
        "      - {id: 3.65E+18}\n      - {id: '7', Membre_Status: Sent}\n      - {id: '8'}\n      - {id: '8'}\n",
    )
    write(
        "b.yaml",
        "version: 1\nparent: {module: Accounts, id: '1'}\nrelated_lists:\n  Contacts:\n    records: [{id: '1'}]\n"
        "---\nversion: 1\nparent: {module: Campaigns, id: '2'}\nrelated_lists:\n  Leads:\n    records:\n",
    )
    for command in (("validate",), ("plan",), ("apply", "--auto-approve")):
        done = run(*command)
        assert done.code == 4
        assert done.err.count("error[") == 5
        for place in ("a.yaml:6:", "a.yaml:7:", "a.yaml:9:", "b.yaml:4:", "b.yaml:11:"):
            assert place in done.err, done.err
    assert crm.requests == []


def test_a_wrong_flag_exits_64(run: Run) -> None:
    assert run("plan", "--detailed-exit-code-please").code == 64


def test_an_apply_whose_answer_was_lost_reads_back_and_sends_nothing_twice(spring: Foreign, run: Run) -> None:
    spring.canned.append(Canned("PUT", "/crm/v8/Price_Books", 500, b"<html>", commit=True))
    done = run("apply", "relations/prices.yaml", "--auto-approve")
    assert done.code == 0, done.out
    assert len(spring.sent("PUT")) == 1


@pytest.mark.parametrize("queries", ["hidden", "refused", "shown"])
def test_forty_converted_leads_stop_neither_their_campaign_nor_another_file(
    crm: Foreign, write: Write, run: Run, tmp_path: Path, queries: str
) -> None:
    crm.knobs.converted_in_queries = queries
    for number in (1, 2):
        crm.add("Campaigns", f"50{number}", Campaign_Name=f"Campaign {number}")
    for n in range(200):
        converted: dict[str, Any] = (
            {"Converted__s": True, "Converted_Contact": {"id": "4001"}} if n < 40 else {}
        )
        crm.add("Leads", lead(n), Email=f"lead{n}@acme.example", **converted)
        crm.link("Campaigns", "501", "Leads", lead(n), Member_Status="Sent")
    head = "version: 1\nparent: {{module: Campaigns, match: {{Campaign_Name: Campaign {}}}}}\nrelated_lists:\n  Leads:\n    key: Email\n"
    rows = "".join(f"      - {{Email: lead{n}@acme.example, Member_Status: Sent}}\n" for n in range(200))
    write("one.yaml", f"{head.format(1)}    prune: true\n    records:\n{rows}")
    planned = run("plan", "--detailed-exitcode")
    assert planned.code == 0, planned.out + planned.err
    write(
        "two.yaml",
        head.format(2) + "    records:\n      - {Email: lead100@acme.example, Member_Status: Sent}\n"
        "      - {Email: lead3@acme.example, Member_Status: Sent}\n",
    )
    assert run("apply", "--auto-approve").code == 0
    assert crm.members("Campaigns", "502", "Leads") == {lead(100): {"Member_Status": "Sent"}}
    assert len(crm.members("Campaigns", "501", "Leads")) == 200
    verified = run("verify")
    assert verified.code == 0, verified.out + verified.err
    again = run("plan", "--format", "json", "--detailed-exitcode")
    (row,) = json.loads(again.out)["withheld"]
    assert (row["reason"], row["conversion"]) == ("converted", {"at": "", "contact": "4001"})
