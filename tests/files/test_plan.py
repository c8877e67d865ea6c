"""Plan files: canonical, sealed, and refused when a single byte was changed."""

import json
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.bounds import MAGNITUDE
from zsync.errors import PlanRefused
from zsync.files.encoding import REPLAN
from zsync.files.plan import (
    canonical,
    check_plan,
    dump_plan,
    dump_report,
    file_format,
    inert,
    load_plan,
    load_report,
    seal,
    sha256,
    timestamp,
)
from zsync.files.report_schema import report_schema
from zsync.files.schema import plan_schema
from zsync.model import (
    DONE,
    OPEN,
    Action,
    Approval,
    BaseCommit,
    Bearer,
    Binding,
    Change,
    Configured,
    Conversion,
    Cost,
    Found,
    KeyMoved,
    ListState,
    OpenRow,
    Outcome,
    Plan,
    Report,
    Span,
    Stop,
    Summary,
    Withheld,
    number,
)
from zsync.model.grounds import TooMany
from zsync.model.objections import Objection
from zsync.model.verdicts import Facts, ListSize, Override, RecordFields, Safeguards, Setting, Verdict
from zsync.planning.packing import pack

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BINDING = Binding(
    "90001",
    "sandbox",
    "https://api.crm.example",
    "sandbox",
    "sha256:" + "a" * 64,
    "sha256:" + "b" * 64,
    "",
    "0.1.0",
    timestamp(NOW),
    timestamp(NOW + timedelta(days=7)),
)

texts = st.text(max_size=6)
values = st.none() | st.booleans() | st.integers() | texts | st.decimals(-1000, 1000, places=3).map(number)
fields = st.dictionaries(st.sampled_from(["Member_Status", "list_price", "Note"]), values, max_size=3)
keys = st.dictionaries(texts, texts, max_size=2)
spans = st.builds(Span, texts, st.integers(1, 999), st.integers(1, 999))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Any change at all."""
    action: Action = draw(st.sampled_from(["create", "update", "delete"]))
    return Change(
        action,
        "Campaigns",
        draw(st.sampled_from(["1", "22"])),
        "Leads",
        draw(st.sampled_from(["Leads", "Contacts"])),
        str(draw(st.integers(0, 10**19))),
        draw(texts),
        draw(texts),
        None if action == "create" else draw(fields),
        None if action == "delete" else draw(fields),
        draw(keys),
        draw(keys),
        source=draw(st.none() | spans),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan at all."""
    some = draw(st.lists(changes(), max_size=5))
    binding = replace(BINDING, environment=draw(texts), git_commit=draw(texts))
    cost = Cost(
        draw(st.integers(0, 99)),
        len(some),
        (1, draw(st.integers(1, 99))),
        draw(st.sampled_from([0, 0.4, 1.2])),
    )
    counted: Counter[str] = Counter(one.action for one in some)
    return seal(binding, Summary(**counted, unchanged=7), some, pack(some), cost)


def small() -> Plan:
    """A plan of one change."""
    one = Change(
        "update",
        "Campaigns",
        "5",
        "Leads",
        "Leads",
        "11",
        "Spring",
        "ana@acme.example",
        {"a": "Sent"},
        {"a": Decimal("49.9")},
        {"Campaign_Name": "Spring"},
        {"Email": "ana@acme.example"},
    )
    return seal(BINDING, Summary(update=1, unchanged=3), [one], pack([one]), Cost(2, 1, (3, 12), 0.4))


@given(plans())
def test_a_plan_comes_back_as_it_was_saved(plan: Plan) -> None:
    assert load_plan(dump_plan(plan)) == plan


def rich() -> Plan:
    """A plan in which nothing is left out that a plan may have."""
    (one,) = small().changes
    configured = Configured("relations/zsync.yaml", "sha256:" + "c" * 64)
    said = Objection("field", "Email_Opt_Out", [Decimal("1.5"), "no"], "relations/zsync.yaml", 7, base=True)
    left = replace(one, related_record_id="12", origin="conflict", agreed={"a": Decimal("1.5")})
    return seal(
        replace(
            BINDING,
            configuration=configured,
            base=BaseCommit("1" * 40, configured._replace(digest="sha256:" + "d" * 64), "main"),
        ),
        small().summary,
        [one],
        small().requests,
        small().cost,
        facts=Facts(
            (ListSize("Campaigns", "5", "Leads", "Leads", 4),),
            (RecordFields("Products", "7", {"Unit_Price": Decimal("49.9"), "Owner": {"id": "1"}}),),
            4_000,
        ),
        verdicts=(Verdict("max_updates", TooMany(6, "update", most=5), change=0, span=Span("z.yaml", 3, 5)),),
        overrides=(Override("max_updates", "agreed"),),
        only=("create",),
        settings=(Setting("z.yaml", "guards.max_updates", "5", "50"),),
        base=Safeguards(True, ("5", "50%")),
        withheld=(
            Withheld("conflict", replace(left, objection=said)),
            Withheld("converted", left, Conversion("2027-01-01T12:00:00Z", "31"), movable=True),
        ),
        restores="20270301-120000-abc",
        lists=(ListState("Campaigns", "5", "Leads", "Leads", 4, 2, 1),),
        unmanaged=(replace(one, action="delete", after=None, related_record_id="13", carried={"b": "x"}),),
        open=(OpenRow("Campaigns", "5", "Leads", "7", "1" * 40),),
        left=(OpenRow("Campaigns", "5", "Leads", "8", ""),),
        drifted=3,
    )


def test_nothing_that_a_plan_may_have_is_lost() -> None:
    assert load_plan(dump_plan(rich())) == rich()


def test_all_that_is_known_of_a_row_that_was_held_is_in_its_report() -> None:
    bearers = (Bearer("12", "Ana"), Bearer("13"))
    moved = KeyMoved("related", "Leads", "11", {"Email": "ana@acme.example"}, bearers, {"Email": "x"}, "A")
    said = Objection("never", value=[Decimal("1.5")], file="relations/zsync.yaml", line=3)
    for outcome in (
        Outcome("held", key=moved),
        Outcome("held", key=replace(moved, conversion=Conversion("2027-01-01T12:00:00Z", "31"))),
        Outcome("held", objection=said),
    ):
        report = Report(small(), (outcome,), 1, 1, 0.1)
        assert load_report(dump_report(report)) == report


def test_a_report_that_names_other_open_rows_says_what_to_do() -> None:
    data = json.loads(dump_report(Report(small(), (Outcome("unsent"),), 1, 1, 0.1)))
    data["open"] = []
    with pytest.raises(PlanRefused, match="other open rows than its outcomes") as caught:
        load_report(canonical(data))
    assert caught.value.help == REPLAN


def test_what_was_set_aside_when_a_plan_was_applied_is_in_its_report() -> None:
    report = Report(rich(), (Outcome("applied"),), 1, 1, 0.1, overrides=(Override("max_deletes", "agreed"),))
    assert load_report(dump_report(report)) == report


def test_a_number_of_a_record_has_one_form_only() -> None:
    data = json.loads(dump_plan(rich()))
    data["facts"]["records"][0]["fields"]["Unit_Price"] = Decimal("49.90")
    with pytest.raises(PlanRefused, match="not as zsync wrote it"):
        load_plan(reseal(data))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_verdict_is_about_a_change_that_is_there(place: int) -> None:
    data = json.loads(dump_plan(rich()))
    data["verdicts"][0]["change"] = place
    if place:
        with pytest.raises(PlanRefused, match="verdicts: one is about a change that is not there"):
            load_plan(reseal(data))
    else:
        assert load_plan(reseal(data)) == rich()


def test_a_change_that_no_request_sends_is_refused_even_with_a_digest() -> None:
    (one,) = small().changes
    two = [one, replace(one, related_record_id="12")]
    made = seal(BINDING, Summary(update=2), two, pack(two), Cost(2, 1, (3, 12), 0.4))
    data = json.loads(dump_plan(made))
    data["requests"][0]["changes"] = [0]
    with pytest.raises(PlanRefused, match="requests: a change is in no request"):
        load_plan(reseal(data))


@given(plans(), st.data())
def test_a_report_comes_back_as_it_was_saved(plan: Plan, data: st.DataObject) -> None:
    held = st.builds(Found, st.none() | fields, texts, texts)
    outcomes = st.builds(
        Outcome,
        st.sampled_from([*DONE, *OPEN]),
        texts,
        texts,
        st.sampled_from([None, "lost", "unmentioned", "unread"]),
        texts,
        texts,
        st.none() | held,
    )
    stops = st.builds(
        Stop,
        st.sampled_from(["refused", "failed", "wave", "interrupted", "frozen"]),
        st.integers(0, 130),
        *[texts] * 4,
        *[st.integers(0, 10**6)] * 3,
    )
    count = len(plan.changes)
    said = tuple(data.draw(st.lists(outcomes, min_size=count, max_size=count)))
    approvals = st.builds(Approval, texts, st.lists(texts, max_size=3).map(tuple), texts, texts)
    stop, who = data.draw(st.none() | stops), data.draw(approvals)
    report = Report(plan, said, 3, 2, 0.7, stop, data.draw(texts), approval=who, journal=data.draw(texts))
    assert load_report(dump_report(report)) == report


@given(plans())
def test_a_plan_is_one_line_of_json_that_any_program_reads(plan: Plan) -> None:
    text = dump_plan(plan)
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    before, _, end = text.rpartition(',"digest":')
    assert sha256(before) == plan.digest == json.loads("{" + '"digest":' + end)["digest"]
    assert json.loads(text)["digest"] == plan.digest


@given(plans())
def test_a_plan_is_inert_in_a_log_and_at_a_terminal(plan: Plan) -> None:
    text = dump_plan(plan).removesuffix("\n")
    assert text.isascii()
    assert text.isprintable()
    assert "##" not in text


def test_json_of_any_origin_is_made_inert() -> None:
    assert inert('"\x7f####["') == '"\\u007f#\\u0023#\\u0023["'


@given(st.text('#[]\\"\x7f\x9b\u202e\U000e0001{}:\n'))
def test_a_text_comes_back_from_inert_json(text: str) -> None:
    made = canonical([text, {text: 1}])
    assert json.loads(made) == [text, {text: 1}]
    assert made.isascii()
    assert made.isprintable()
    assert "##" not in made


@pytest.mark.parametrize("seconds", ['"soon"', "null", "true", "-1", "[]"])
def test_seconds_that_are_no_number_are_refused_even_with_a_digest(seconds: str) -> None:
    data = json.loads(dump_plan(small()))
    data["cost"]["seconds"] = json.loads(seconds)
    text = reseal(data)
    for forged in (text, '{"format":"zsync.report/2","plan":' + text + "}"):
        with pytest.raises(PlanRefused):
            (load_report if "report" in forged[:30] else load_plan)(forged)


def test_numbers_stand_in_the_file_as_they_are() -> None:
    assert '"after":{"a":49.9}' in dump_plan(small())


def altered(text: str) -> Iterator[str]:
    """The text with each character gone, doubled and replaced, and cut off at each place."""
    for at, old in enumerate(text):
        yield text[:at] + text[at + 1 :]
        yield text[:at] + old + text[at:]
        yield text[:at]
        new = "0" if old in string.digits.replace("0", "") else "x" if old != "x" else "y"
        yield text[:at] + new + text[at + 1 :]


def test_a_plan_with_any_byte_changed_is_refused() -> None:
    text, let_through = dump_plan(small()), []
    for other in {*altered(text), text + "\n", " " + text, text + text, text.replace("\n", "\r\n")} - {text}:
        try:
            load_plan(other)
        except PlanRefused:
            continue
        let_through.append(other)
    assert let_through == []


def reseal(data: dict[str, Any]) -> str:
    """A plan file with a digest that fits, whatever it says: as a forger would write it."""
    org, all_of = data["binding"]["org_id"], data["changes"]
    address = ("module", "record_id", "related_list", "related_record_id")
    meant = ("action", *address, "related_module", "record_key", "key", "before", "after")
    rows = [[change[name] for name in meant] for change in all_of]
    data["content"] = sha256(canonical({"org_id": org, "changes": rows}))
    return sign(data)


def sign(data: dict[str, Any]) -> str:
    """A plan file of these members, with the digest that fits them."""
    before = canonical({name: value for name, value in data.items() if name != "digest"})[:-1]
    return f'{before},"digest":"{sha256(before)}"}}\n'


def forge(**wrong: Any) -> str:
    """The small plan with something else in its one request."""
    data = json.loads(dump_plan(small()))
    data["requests"][0].update(wrong)
    return reseal(data)


def test_the_forger_of_these_tests_knows_his_trade() -> None:
    assert load_plan(forge()) == small()


def test_a_content_that_is_not_that_of_the_changes_is_refused_even_with_a_digest() -> None:
    data = json.loads(dump_plan(small()))
    data["content"] = "sha256:" + "0" * 64
    with pytest.raises(PlanRefused, match="altered"):
        load_plan(sign(data))


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "DELETE"},
        {"module": "Leads"},
        {"record_id": "6"},
        {"related_list": "Contacts"},
        {"changes": []},
        {"changes": [0, 0]},
        {"changes": [1]},
        {"changes": [-1]},
        {"changes": ["0"]},
        {"changes": [True]},
        {"method": "POST"},
        {"record_id": "5/../6"},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_request_that_does_not_fit_what_is_shown_is_refused_even_with_a_digest(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(PlanRefused):
        load_plan(forge(**wrong))


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [(0, True), (100, True), (999_999_999, True), (Decimal("999999999.5"), True), (1_000_000_000, False)],
)
def test_a_run_takes_less_than_a_thousand_million_seconds(seconds: int | Decimal, taken: bool) -> None:
    data = json.loads(dump_plan(small()))
    data["cost"]["seconds"] = seconds
    if taken:
        assert load_plan(reseal(data)).cost.seconds == float(seconds)
    else:
        with pytest.raises(PlanRefused, match=r"cost\.seconds: Value error, a number of seconds is expected"):
            load_plan(reseal(data))


def test_what_is_wrong_is_told_with_its_place_and_what_to_do() -> None:
    data = json.loads(dump_plan(rich()))
    del data["changes"][0]["key"]
    with pytest.raises(PlanRefused) as caught:
        load_plan(sign(data))
    assert str(caught.value) == "the plan was altered: changes.0.key: Field required"
    assert caught.value.help == REPLAN


def test_a_per_cent_that_is_no_number_is_told() -> None:
    data = json.loads(dump_plan(rich()))
    data["verdicts"][0]["ground"]["percent"] = "5"
    with pytest.raises(PlanRefused, match="Value error, a number is expected"):
        load_plan(reseal(data))


def test_whatever_was_altered_is_told_with_what_to_do() -> None:
    data = json.loads(dump_plan(rich()))
    data["verdicts"][0]["ground"] = {"kind": "frozen"}
    number = dump_plan(rich()).replace(":49.9", ":1e400")
    digits = dump_plan(rich()).replace(":49.9", f":0.{'1' * (MAGNITUDE.most + 1)}")
    twice = dump_plan(rich()).replace(":49.9", ":49.90")
    signed = twice.rpartition(',"digest":')[0]
    unlike = f'{signed},"digest":"{sha256(signed)}"}}\n'
    whole = json.loads(dump_plan(small()))
    del whole["only"]
    spoilt = (
        dump_plan(small()).replace("Spring", "Sprung"),
        reseal(data),
        number,
        digits,
        unlike,
        "{",
        sign(whole),
    )
    for text in spoilt:
        with pytest.raises(PlanRefused) as caught:
            load_plan(text)
        assert caught.value.help == REPLAN


@pytest.mark.parametrize(
    ("schema", "name"), [(plan_schema, "plan"), (report_schema, "report")], ids=["plan", "report"]
)
def test_the_schema_in_the_repository_is_the_programs(schema: Callable[[], Any], name: str) -> None:
    committed = Path(__file__).parents[2] / "schemas" / f"{name}.schema.json"
    assert json.loads(committed.read_text("utf-8")) == schema()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "create"),
        ("action", "delete"),
        ("before", None),
        ("after", None),
        ("related_record_id", "1,2"),
    ],
)
def test_a_change_that_contradicts_itself_is_refused_even_with_a_digest(field: str, value: Any) -> None:
    data = json.loads(dump_plan(small()))
    data["changes"][0][field] = value
    with pytest.raises(PlanRefused):
        load_plan(reseal(data))


def test_a_summary_that_does_not_count_the_changes_is_refused_even_with_a_digest() -> None:
    data = json.loads(dump_plan(small()))
    data["summary"]["update"] = 0
    with pytest.raises(PlanRefused):
        load_plan(reseal(data))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "null",
        "[]",
        "{}",
        '"zsync.plan/2"',
        '{"format": 1}',
        '{"format": "zsync.plan/2"}',
        "[" * 100_000,
        "NaN",
        '{"format": "zsync.plan/3"}',
        "9" * 5000,
        '{"format": "zsync.plan/2", "format": "zsync.plan/2"}',
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    for load in (load_plan, load_report):
        with pytest.raises(PlanRefused):
            load(text)


@pytest.mark.parametrize(
    ("found", "told", "advice"),
    [
        (
            "zsync.plan/1",
            "the plan was made by an older zsync: its format is zsync.plan/1",
            "Make a new plan",
        ),
        ("zsync.plan/3", "the plan was made by a newer zsync: its format is zsync.plan/3", "update this one"),
        ("zsync.plan/" + "9" * 5000, "a newer zsync", "update this one"),
        ("zsync.plan/²", "not a plan of this zsync", "Make a new plan"),
        ("zsync.plan/", "not a plan of this zsync", "Make a new plan"),
        ("zsync.plan/0x1", "not a plan of this zsync", "Make a new plan"),
        ("terraform.plan/1", "not a plan of this zsync", "Make a new plan"),
    ],
    ids=lambda text: text[:30],
)
def test_a_plan_of_another_version_is_refused_with_what_to_do(found: str, told: str, advice: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        load_plan(canonical({"format": found}))
    assert told in str(caught.value)
    assert advice in caught.value.help
    assert len(str(caught.value)) < 250


def test_a_report_of_version_1_is_refused_with_what_to_do() -> None:
    with pytest.raises(PlanRefused, match="the report was made by an older zsync") as caught:
        load_report('{"format": "zsync.report/1"}')
    assert "the zsync that made it" in caught.value.help


@pytest.mark.parametrize("name", ["related_module", "record_key", "key"])
def test_a_change_of_which_format_2_does_not_say_all_is_refused(name: str) -> None:
    data = json.loads(dump_plan(small()))
    del data["changes"][0][name]
    with pytest.raises(PlanRefused, match=name):
        load_plan(canonical(data))


def test_a_plan_whose_digest_stands_elsewhere_is_refused() -> None:
    data = json.loads(sign(json.loads(dump_plan(small()))))
    assert load_plan(sign(data)) == small()
    with pytest.raises(PlanRefused, match="altered"):
        load_plan(canonical(data) + "\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{}", ""), ("[]", ""), ('{"format": 7}', "7"), (canonical({"format": "f" * 81}), "f" * 80)],
    ids=["none", "list", "number", "long"],
)
def test_a_file_says_in_a_few_characters_what_it_is(text: str, said: str) -> None:
    assert file_format(text) == said


def test_a_report_is_no_plan_and_a_plan_no_report() -> None:
    report = dump_report(Report(small(), (Outcome("applied"),), 1, 1, 0.1))
    assert file_format(report) == "zsync.report/2"
    with pytest.raises(PlanRefused):
        load_plan(report)
    with pytest.raises(PlanRefused):
        load_report(dump_plan(small()))


def test_a_report_with_an_outcome_too_few_is_refused() -> None:
    with pytest.raises(PlanRefused):
        load_report(dump_report(Report(small(), (), 1, 1, 0.1)))


@given(plans())
def test_content_depends_on_org_and_changes_alone(plan: Plan) -> None:
    later = replace(plan.binding, created_at="2028-01-01T00:00:00Z", git_commit="c" * 40)
    again = seal(later, plan.summary, plan.changes, plan.requests, replace(plan.cost, reads=1000))
    assert again.content == plan.content
    assert again.digest != plan.digest
    other = seal(replace(plan.binding, org_id="1"), plan.summary, plan.changes, plan.requests, plan.cost)
    assert other.content != plan.content


@pytest.mark.parametrize("name", ["related_module", "record_key", "key"])
def test_a_plan_that_knows_a_record_otherwise_means_something_else(name: str) -> None:
    (one,) = small().changes
    wrong: Any = {name: "Contacts" if name == "related_module" else {"Code": "A"}}
    other = replace(one, **wrong)
    again = seal(BINDING, small().summary, [other], small().requests, small().cost)
    assert again.content != small().content


@pytest.mark.parametrize("days", [7, 8, 10_000])
def test_a_plan_is_refused_from_its_end_on(days: int) -> None:
    check_plan(small(), now=NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(PlanRefused, match="expired") as caught:
        check_plan(small(), now=NOW + timedelta(days=days))
    assert caught.value.help == REPLAN


@pytest.mark.parametrize("end", ["", "tomorrow", "2027-03-08", "2027-03-08T12:00:00"])
def test_a_plan_that_does_not_say_its_end_is_refused(end: str) -> None:
    plan = replace(small(), binding=replace(BINDING, expires_at=end))
    with pytest.raises(PlanRefused) as caught:
        check_plan(plan, now=NOW)
    assert caught.value.help == REPLAN


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be changed")
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5.5))])
def test_a_time_is_told_in_utc_and_whole_seconds_wherever_zsync_runs(
    zone: timezone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        told = timestamp(datetime(2027, 3, 1, 12, 0, 7, 999_999, zone))
    time.tzset()
    assert told == ("2027-03-01T12:00:07Z" if zone is UTC else "2027-03-01T06:30:07Z")


def test_only_the_approved_digest_is_carried_out() -> None:
    plan = small()
    check_plan(plan, now=NOW, digest=plan.digest)
    with pytest.raises(PlanRefused, match="approved") as caught:
        check_plan(plan, now=NOW, digest="sha256:" + "0" * 64)
    assert "have this one reviewed" in caught.value.help


def test_half_of_a_character_from_the_crm_survives_in_a_plan_file() -> None:
    one = replace(small().changes[0], label="half \ud83d", before={"a": "\udc00"})
    plan = seal(BINDING, Summary(update=1), [one], pack([one]), Cost(1, 1, (1, 1), 0))
    text = dump_plan(plan)
    assert load_plan(text.encode("utf-8").decode("utf-8")) == plan
