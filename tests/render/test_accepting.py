"""What `zsync accept` takes, as people read it: before a decision, and after."""

from dataclasses import replace

import pytest

from tests.render import plans
from zsync.model import BaseCommit, Change, Plan
from zsync.render.accepting import Acceptance, question, render_accepted

TWO = plans.change("tom@quay.example", {"A": "x", "B": 1, "C": 0}, {"A": "y", "B": 2, "C": 0}, number=1)
GONE = plans.change("ana@quay.example", None, {"A": "y"}, number=2)
NEW = plans.change("bo@quay.example", {"A": "z"}, None, number=3)
EXTRA = replace(plans.change("cy@quay.example", {"A": "z"}, None, number=4), source=None)
WHERE = "Campaigns › Spring Launch 2027 › Leads"


def plan() -> Plan:
    """The plan that found them."""
    return replace(plans.plan(TWO, GONE, NEW), unmanaged=(EXTRA,))


def below(found: Acceptance, **how: str) -> str:
    """What is said below the two lines of the head."""
    return render_accepted(found, **how).split("\n", 2)[2]  # type: ignore[arg-type]


def test_what_is_taken_what_is_left_and_why_and_what_nobody_asked_for_is_told() -> None:
    unnamed = replace(TWO, label="", record_label="", origin="conflict", origins={"A": "drift"})
    left = ((unnamed, "a person wrote it"), (EXTRA, "no file"))
    assert below(Acceptance(plan(), (TWO, GONE, NEW), left, 3, 2, 1, 2), environment="eu prod") == (
        "\n"
        "Campaigns  Spring Launch 2027  (3652397000000500001)\n"
        "  Leads\n"
        "    changed tom@quay.example  A: y → x, B: 2 → 1 −50%  campaigns/spring.yaml:11:9\n"
        "    removed ana@quay.example  was A: y                 campaigns/spring.yaml:12:9\n"
        "    added   bo@quay.example   A: z                     in no manifest, pruned at campaigns/spring.yaml:13:9\n"
        "\n"
        "Left as they are, for their files cannot say it\n"
        "  Campaigns › 3652397000000500001 › Leads › 3652397000000300001\n"
        "    campaigns/spring.yaml:11:9: a person wrote it\n"
        f"  {WHERE} › cy@quay.example\n"
        "    no file\n"
        "\n"
        "Accept: 1 changed, 1 removed, 1 added · 3 lines of 2 files\n"
        "1 conflict left: zsync accept -e 'eu prod' -i\n"
        "2 added rows in no manifest left: zsync accept -e 'eu prod' --unmanaged\n"
    )


def test_where_nothing_is_taken_it_is_said_why() -> None:
    head = render_accepted(Acceptance(plan(), ())).split("\n", 1)[0]
    assert head.startswith("zsync accept from demo: org ")
    assert below(Acceptance(plan(), (), conflicts=1)) == (
        "\nNothing to take: the CRM moved no row of these. What your files changed: zsync plan\n"
        "1 conflict left: zsync accept -i\n"
    )
    assert below(Acceptance(plan(), (), ((EXTRA, "no file"),))).endswith("    no file\n\nAccept: nothing\n")


def test_many_rows_are_folded_and_counted_unless_all_are_asked_for() -> None:
    rows = tuple(plans.change(f"l{n}@acme.example", {"A": "x"}, {"A": "y"}, number=n) for n in range(40))
    found = Acceptance(plan(), rows, lines=40, files=1)
    assert "rows folded: git diff shows each)\n" in render_accepted(found)
    assert "folded" not in render_accepted(found, full=True)
    assert "\x1b[" in render_accepted(found, color=True)
    assert "\x1b[" not in render_accepted(found)


CONFLICT = replace(TWO, origin="conflict", agreed={"A": "w", "B": 1, "C": 0}, origins={"A": "drift"})
LONG = plans.change("tom@quay.example", {"A": "x" * 29}, {"A": "y" * 40}, number=1)


@pytest.mark.parametrize(
    ("change", "who", "lines"),
    [
        (
            TWO,
            "",
            [
                "1/3 drift: changed in the CRM",
                f"  {WHERE} › tom@quay.example",
                "    Git  A: y, B: 2  campaigns/spring.yaml:11:9",
                "    CRM  A: x, B: 1",
            ],
        ),
        (
            CONFLICT,
            "ana",
            [
                "1/3 conflict: changed in the CRM and on this branch",
                f"  {WHERE} › tom@quay.example",
                "    main  A: w, B: 1",
                "    here  A: y, B: 2  campaigns/spring.yaml:11:9",
                "    CRM   A: x, B: 1  ana",
            ],
        ),
        (
            replace(GONE, origin="conflict"),
            "",
            [
                "1/3 conflict: removed in the CRM and on this branch",
                f"  {WHERE} › ana@quay.example",
                "    main  (no row)",
                "    here  y         campaigns/spring.yaml:12:9",
                "    CRM   (no row)",
            ],
        ),
        (
            NEW,
            "",
            [
                "1/3 drift: added in the CRM",
                f"  {WHERE} › bo@quay.example",
                "    Git  (not listed)  campaigns/spring.yaml:13:9",
                "    CRM  z",
            ],
        ),
        (
            replace(NEW, before={}),
            "",
            [
                "1/3 drift: added in the CRM",
                f"  {WHERE} › bo@quay.example",
                "    Git  (not listed)  campaigns/spring.yaml:13:9",
                "    CRM  (a row)",
            ],
        ),
        (
            LONG,
            "ana",
            [
                "1/3 drift: changed in the CRM",
                f"  {WHERE} › tom@quay.example",
                f"    Git  {'y' * 40}  campaigns/spring.yaml:11:9",
                f"    CRM  {'x' * 29}   ana",
            ],
        ),
    ],
    ids=["drift", "conflict", "removed", "added", "without fields", "long"],
)
def test_a_question_shows_what_each_side_says(change: Change, who: str, lines: list[str]) -> None:
    asked = question(change, 1, 3, plan(), who) if who else question(change, 1, 3, plan())
    assert asked.splitlines() == lines


def test_without_a_named_commit_the_agreed_side_is_the_base() -> None:
    bare = replace(plan(), binding=replace(plan().binding, base=BaseCommit()))
    assert question(CONFLICT, 2, 3, bare).splitlines()[2] == "    base  A: w, B: 1"
    short = replace(plan(), binding=replace(plan().binding, base=BaseCommit("4f1c2ab00")))
    assert question(CONFLICT, 2, 3, short).splitlines()[2] == "    4f1c2ab  A: w, B: 1"
    both = replace(NEW, origin="conflict")
    assert question(both, 2, 3, bare).splitlines()[2] == "    base  (no row)"
