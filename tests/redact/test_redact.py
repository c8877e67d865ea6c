"""What stands in place of personal values: laws of tokens, and values that no output may hold."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.render.plans import HOSTILE, RETAIL, change, mixed, plan, refused
from zsync.bounds import EXCERPT
from zsync.codes import find_code
from zsync.config import load_config
from zsync.errors import AccessDenied, CrmUnreachable, InputError, PlanRefused, RequestRefused
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.pages import ONLINE
from zsync.files.plan import dump_plan, load_plan
from zsync.model import (
    Bearer,
    Diagnostic,
    Found,
    KeyMoved,
    Note,
    Outcome,
    Plan,
    Quote,
    Report,
    Span,
    Stop,
    sentence,
)
from zsync.model.diagnostics import capped
from zsync.model.grounds import (
    Backwards,
    Frozen,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    Records,
    TooFew,
    UntouchableField,
)
from zsync.model.verdicts import Facts, Override, RecordFields, Verdict
from zsync.redact import (
    Class,
    Policy,
    personal_values,
    redact_diagnostics,
    redact_error,
    redact_plan,
    redact_report,
    redact_text,
    redacted_json,
)
from zsync.render import FORMATS, renderer
from zsync.render.diagnostics import render_diagnostics
from zsync.syntax.checking import unknown_key
from zsync.syntax.locating import place
from zsync.syntax.source import At, SourceText

ROOT = Path(__file__).parents[2]
POLICY = Policy().keyed("60001", "a secret")
TOKEN = re.compile(r"person-[0-9a-f]{10}")
CANARY = "Canary Quill, canary.quill@acme.example, +49 30 901820"
LIST = "Campaigns/3652397000000500001/Leads"
LEAD_SIDE = ("Leads", "3652397000000300001", "Campaigns", CANARY)

values = st.one_of(
    st.text(), st.integers(), st.booleans(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
)


@given(values, st.text())
def test_the_same_value_of_the_same_org_has_the_same_token(value: object, org: str) -> None:
    assert Policy().keyed(org, "s").token(value) == Policy(default="show").keyed(org, "s").token(value)


@given(st.text(), st.text(), st.text())
def test_another_value_another_org_and_another_secret_have_other_tokens(
    value: str, other: str, org: str
) -> None:
    here = Policy().keyed(org, "s")
    assert (value == other) == (here.token(value) == here.token(other))
    assert here.token(value) != Policy().keyed(org + "0", "s").token(value)
    assert here.token(value) != Policy().keyed(org, "t").token(value)


@given(st.one_of(st.text(), st.text("0123456789abcdefABCDEF", min_size=3, max_size=300)))
@example("0123456789abcdef" * 12)
def test_no_three_characters_of_a_value_stand_in_its_token(value: str) -> None:
    token = POLICY.token(value)
    assert TOKEN.fullmatch(token)
    hashed = token.removeprefix("person-")
    assert not any(hashed[at : at + 3] in value.lower() for at in range(8))


def test_an_integer_and_its_text_have_tokens_of_their_own_only_where_they_differ() -> None:
    assert POLICY.token("a") != POLICY.token(["a"])
    assert POLICY.token({"b": 1, "a": 2}) == POLICY.token({"a": 2, "b": 1})


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Email", True),
        ("Full_Name", True),
        ("Deal_Name", True),
        ("Account_Name", True),
        ("Nickname", True),
        ("Member_Status", False),
        ("list_price", False),
        ("Campaign_Name", False),
        ("Product_Name", False),
        ("Price_Book_Name", False),
    ],
)
def test_names_of_people_and_unknown_fields_are_masked_unless_the_file_says_otherwise(
    name: str, masked: bool
) -> None:
    assert Policy().masks(name) is masked
    assert Policy(fields={name: "show"}).masks(name) is False
    assert Policy(fields={name: "mask"}, default="show").masks(name) is True


@pytest.mark.parametrize(
    ("policy", "module", "fields", "masked"),
    [
        (Policy(), "Leads", ["Email"], True),
        (Policy(default="show"), "Leads", ["Full_Name"], True),
        (Policy(), "Campaigns", ["Campaign_Name"], False),
        (Policy(), "Campaigns", ["Code"], True),
        (Policy(default="show"), "Campaigns", ["Code"], False),
        (Policy(), "Products", ["Product_Code"], False),
        (Policy(fields={"SKU": "mask"}), "Products", ["Product_Code"], False),
        (Policy(fields={"SKU": "mask"}, default="show"), "Products", ["SKU"], True),
        (Policy(fields={"City": "show"}), "Leads", ["City", "Last_Name"], True),
        (Policy(fields={"City": "show", "Last_Name": "show"}), "Leads", ["City", "Last_Name"], False),
        (Policy(records={"Leads": "show"}), "Leads", ["Email"], False),
        (Policy(records={"Campaigns": "mask"}), "Campaigns", ["Campaign_Name"], True),
        (Policy(default="show"), "Campaigns", [], True),
        (Policy(records={"Campaigns": "show"}), "Campaigns", [], False),
    ],
)  # fmt: skip
def test_a_record_is_named_where_the_fields_that_name_it_are_shown(
    policy: Policy, module: str, fields: list[str], masked: bool
) -> None:
    assert policy.masks_label(module, fields) is masked


def test_a_key_is_masked_field_by_field() -> None:
    one = replace(change("Ruiz, Bonn", None, {}), key={"Last_Name": "Ruiz", "City": "Bonn"})
    (masked,) = redact_plan(plan(one), replace(POLICY, fields={"City": "show"})).changes
    assert masked.key == {"Last_Name": POLICY.token("Ruiz"), "City": "Bonn"}
    assert masked.label == POLICY.token("Ruiz, Bonn")


def test_a_label_whose_fields_nobody_knows_is_masked_and_an_id_is_not() -> None:
    (one, *_) = mixed().changes
    unknown = replace(one, module="Vendors", record_key={}, key={}, record_label=CANARY, label="Ana")
    (masked,) = redact_plan(plan(unknown), POLICY).changes
    assert (masked.record_label, masked.label) == (POLICY.token(CANARY), POLICY.token("Ana"))
    # A record that is known by its id has the name that its module's records have.
    named = replace(unknown, module="Campaigns", record_label="Spring")
    (shown,) = redact_plan(plan(named), POLICY).changes
    assert (shown.record_label, shown.label) == ("Spring", POLICY.token("Ana"))
    bare = replace(unknown, record_label=one.record_id, label=one.related_record_id)
    assert redact_plan(plan(bare), POLICY).changes == (bare,)


def test_the_module_behind_a_list_decides_not_the_lists_name() -> None:
    to = ("Products", "3652397000000700001", "Campaigns", "Tea")
    policy = replace(POLICY, records={"Leads": "mask", "Campaigns": "show"})
    (masked,) = redact_plan(plan(change(CANARY, None, {}, to=to, related="Leads")), policy).changes
    assert (masked.label, masked.key) == (POLICY.token(CANARY), {"Email": POLICY.token(CANARY)})


def personal() -> Plan:
    """A plan in which the canary stands wherever a value can be personal."""
    nested = {"Note": [CANARY, {"deep": CANARY}], "Phone": CANARY}
    made = plan(
        change(CANARY, {"Member_Status": "Sent", **nested}, None, number=1),
        change(CANARY + "2", nested, {"Note": CANARY + "!", "Phone": None}, number=2),
        change("Spring", None, {"Member_Status": "Sent"}, to=LEAD_SIDE, number=3),
        change(
            CANARY,
            None,
            {},
            to=("Products", "3652397000000700001", "People4", "Tea"),
            number=4,
            related="Leads",
        ),
        change("TEA-1", {"list_price": 49}, {"list_price": 50}, to=RETAIL, number=5),
    )
    lead = RecordFields("Leads", "3652397000000300001", {"Full_Name": CANARY, "Seats": 4})
    verdicts = (
        Verdict("a", ProtectedRecord("delete", "Leads", "1", Records("Leads", "Full_Name", None, CANARY))),
        Verdict("b", TooFew(Records("Leads", "Note", None, CANARY), "Campaigns", 5, 1, 3), LIST),
        Verdict("c", UntouchableField("Phone", CANARY, None), LIST, change=1),
        Verdict("d", Backwards("Note", CANARY, CANARY + "2", (CANARY, CANARY + "2")), LIST, change=1),
        Verdict("e", OutOfOrder("Note", [CANARY], (CANARY,)), LIST, change=1, evaluated=False),
        Verdict("f", PriceStep("Cost", CANARY, 5, "up", 10), LIST, change=1, evaluated=False),
        Verdict("g", PriceBound("Cost", 5, "below", 2, "1", "Worth", CANARY), LIST, change=1),
        Verdict("h", NoPrice("Cost", CANARY), LIST, change=1, evaluated=False),
        Verdict("i", Frozen("2027-03-01T09:00+01:00", "in March", f"{CANARY} is away")),
        Verdict("j", UntouchableField("Member_Status", "Sent", "Opened"), LIST, change=0),
    )
    return replace(
        made,
        facts=Facts(records=(lead,)),
        verdicts=verdicts,
        overrides=(Override("protected", f"{CANARY} asked"),),
    )


def clean(text: str) -> bool:
    """Whether no word of the canary is in a text."""
    return not re.search(r"canary|quill|acme|9018|901820", text, re.IGNORECASE)


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_personal_value_of_a_plan(name: str) -> None:
    assert not clean(renderer(name).render_plan(personal()))
    shown = renderer(name).render_plan(redact_plan(personal(), replace(POLICY, fields={"Seats": "show"})))
    assert clean(shown)
    assert "Spring" in shown
    assert POLICY.token(CANARY) in shown


@given(st.text(st.characters(codec="utf-8")))
@example(HOSTILE)
def test_no_hostile_value_slips_through(text: str) -> None:
    value = f"Canary{text}Quill"
    fields = {"Note": value, "Nested": {"deep": [value]}}
    to = ("Contacts", "3652397000000300001", "Campaigns", value)
    made = plan(change(value, fields, {"Note": value + text}), change("Spring", None, {}, to=to))
    said = Outcome("refused", value, value), Outcome("held", found=Found(fields, value, value))
    key = KeyMoved("related", "Leads", "3", {"Email": value}, (Bearer("4", value),), {"Email": value}, value)
    report = Report(made, said, 1, 1, 0.1, Stop("refused", 1, value, code=value))
    astray = Report(made, (said[0], Outcome("held", key=key)), 1, 1, 0.1)
    for name in FORMATS:
        shown = renderer(name).render_plan(redact_plan(made, POLICY))
        shown += renderer(name).render_report(redact_report(report, POLICY))
        shown += renderer(name).render_report(redact_report(astray, POLICY))
        assert "Canary" not in shown
        assert "Quill" not in shown


def test_ids_places_counts_digests_and_shown_fields_are_the_real_ones() -> None:
    real, masked = personal(), redact_plan(personal(), POLICY)
    assert (masked.digest, masked.content, masked.summary, masked.cost) == (
        real.digest,
        real.content,
        real.summary,
        real.cost,
    )
    assert [one.address for one in masked.changes] == [one.address for one in real.changes]
    assert [one.source for one in masked.changes] == [one.source for one in real.changes]
    assert masked.changes[4] == real.changes[4]
    assert masked.changes[0].before is not None
    assert masked.changes[0].before["Member_Status"] == "Sent"


def test_what_was_masked_keeps_its_difference() -> None:
    one = redact_plan(personal(), POLICY).changes[1]
    assert one.before is not None
    assert one.after is not None
    assert one.before["Note"] != one.after["Note"]
    assert one.after["Phone"] is None


def test_a_policy_that_shows_everything_changes_nothing() -> None:
    fields: dict[str, Class] = dict.fromkeys(("Full_Name", "Email", "Account_Name", "Deal_Name"), "show")
    assert redact_plan(mixed(), Policy(fields, default="show")) == mixed()


def outcomes() -> tuple[Outcome, ...]:
    """What the CRM may say of the changes of `personal`, in its own words and zsync's."""
    return (
        Outcome("refused", "INVALID_DATA", f"{CANARY.lower()} is no lead"),
        Outcome("held", found=Found({"Phone": CANARY}, "2027-03-01T09:00:00+01:00", "Canary (Q) Quill")),
        Outcome(
            "held", found=Found({"Member_Status": "Responded", "Note": [CANARY]}, CANARY, "Canary Quill")
        ),
        Outcome("unknown", "Canary", f"{CANARY} (api_name Canary)", "unread", "GET /Leads/1/Campaigns"),
        Outcome("refused", "NOT_STORED", found=Found({"Note": CANARY})),
    )


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_personal_value_of_a_report(name: str) -> None:
    stopped = Stop("refused", 8, f"Canary may not ({CANARY})", "Ask.", "NO_PERMISSION", "POST /coql")
    report = Report(personal(), outcomes(), 1, 1, 0.1, stopped)
    shown = renderer(name).render_report(redact_report(report, replace(POLICY, fields={"Seats": "show"})))
    assert clean(shown)
    assert "Responded" in shown
    assert "NO_PERMISSION" in shown
    assert POLICY.token("Canary Quill") in shown or name == "github"


def test_what_the_crm_holds_is_masked_field_by_field() -> None:
    report = redact_report(Report(personal(), outcomes(), 1, 1, 0.1), POLICY)
    held = report.outcomes[2].found
    assert held is not None
    assert held.fields == {"Member_Status": "Responded", "Note": POLICY.token([CANARY])}
    assert (held.changed_at, held.changed_by) == ("", POLICY.token("Canary Quill"))


@pytest.mark.parametrize("cause", ["failed", "refused"])
def test_why_a_run_was_stopped_names_nobody(cause: Any) -> None:
    stop = Stop(cause, 1, f"{CANARY} is no lead", f"Ask {CANARY}.", "INVALID_DATA", "PUT /Leads/1/Campaigns")
    shown = redact_report(Report(personal(), outcomes(), 1, 1, 0.1, stop), POLICY).stopped
    assert shown is not None
    assert clean(shown.message)
    assert (shown.cause, shown.code, shown.request) == (cause, stop.code, stop.request)


def test_words_of_the_crm_that_no_plan_knows_are_replaced_by_the_meaning_of_the_code() -> None:
    (one, *_) = redact_report(refused(mixed()), POLICY).outcomes
    assert one.code == "UNKNOWN"
    (known,) = redact_report(Report(plan(mixed().changes[0]), outcomes()[:1], 1, 1, 0.1), POLICY).outcomes
    assert known.message == find_code("INVALID_DATA").meaning


def test_masked_json_says_so_and_is_no_plan() -> None:
    text = redacted_json(dump_plan(redact_plan(personal(), POLICY)))
    assert '"format":"zsync.plan/2+redacted"' in text
    with pytest.raises(PlanRefused, match=r"zsync\.plan/2\+redacted"):
        load_plan(text)
    with pytest.raises(PlanRefused, match="altered"):
        load_plan(text.replace("+redacted", ""))


LINES = [
    ("      - {Email: canary@acme.example, Member_Status: Sent}", 9, "{Email: TOKEN, Member_Status: Sent}"),
    ("      - {Email: canary@acme.example, Membr_Status: Canary}", 38, "TOKEN: TOKEN}"),
    ("  match: {Full_Name: 'Canary O''Quill'} # ask Canary", 10, "{Full_Name: TOKEN} # …"),
    ('  match: {Full_Name: "Canary Quill}', 23, "TOKEN"),
    ("canary@acme.example;Canary;Sent", 1, "TOKEN;TOKEN;TOKEN"),
    ("canary@acme.example\tQuill\t", 21, "TOKEN\t"),
    ("  Canary Quill: {Member_Status: canary@acme.example}", 3, "TOKEN: {Member_Status: TOKEN}"),
    ("    id: Canary", 9, "TOKEN"),
    ('    id: "17"', 9, '"17"'),
    ("- Member_Status: , Canary", 1, "- Member_Status: , TOKEN"),
    ("    - [Canary, -Quill, *Acme]", 7, "[TOKEN, TOKEN, TOKEN]"),
    ("Email: |-", 8, "TOKEN"),
]


@pytest.mark.parametrize(("line", "column", "shown"), LINES)
def test_a_source_line_keeps_its_shape_and_the_caret_its_column(line: str, column: int, shown: str) -> None:
    one = Diagnostic("bad-value", f"not {line}", Span("a.yaml", 1, column), line, excerpt=line, width=4)
    (masked,) = redact_diagnostics([one], POLICY)
    assert clean(masked.excerpt)
    assert TOKEN.sub("TOKEN", masked.excerpt[column - 1 :]) == shown
    assert clean(render_diagnostics([masked]))


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(1, 60), st.integers(1, 60))
def test_any_line_can_be_masked(line: str, column: int, width: int) -> None:
    (masked,) = redact_diagnostics(
        [Diagnostic("yaml", line, Span("a", 1, column), excerpt=line, width=width)], POLICY
    )
    assert masked.width >= 1
    assert render_diagnostics([masked])


def test_a_line_that_is_too_long_is_not_shown() -> None:
    line = "canary " + " " * 1_000_000 + "x"
    (masked,) = redact_diagnostics([Diagnostic("csv", "", Span("a", 1, 1), excerpt=line)], POLICY)
    assert masked.excerpt == "…"


@pytest.mark.parametrize("code", [*sorted(EXPLANATIONS), *sorted(ONLINE), "some-new-code"])
def test_no_diagnostic_says_in_a_plain_text_what_was_written(code: str) -> None:
    note = Note(Span("b.yaml", 2, 1), f"there: {CANARY}")
    one = Diagnostic(
        code, f"`{CANARY}` is wrong", Span("a.yaml", 1, 1), f"write {CANARY}", excerpt=CANARY, notes=(note,)
    )
    shown = render_diagnostics(redact_diagnostics([one], POLICY))
    assert clean(shown)
    assert f"error[{code}]" in shown
    assert "a.yaml:1:1" in shown
    assert "b.yaml:2:1" in shown


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        (Quote(CANARY, ("Email",)), "TOKEN"),
        (Quote(CANARY, ("Full_Name", "Member_Status")), "TOKEN"),
        (Quote(CANARY), "TOKEN"),
        (Quote(CANARY, module="Campaigns"), "TOKEN"),
        (Quote(CANARY, instead="no such record"), "no such record"),
        (Quote("", ("Email",)), ""),
        (Quote("Sent", ("Member_Status",)), "Sent"),
        (Quote("Spring", ("Campaign_Name",), "Campaigns"), "Spring"),
    ],
)
def test_a_sentence_shows_its_own_words_and_masks_what_it_quotes_by_field(quote: Quote, shown: str) -> None:
    note = Note(Span("b.yaml", 2, 1), sentence("there: ", quote))
    one = Diagnostic(
        "any", sentence("no lead is ", quote, " here"), help=sentence("Ask ", quote), notes=(note,)
    )
    (masked,) = redact_diagnostics([one], POLICY)
    told = [str(text) for text in (masked.message, masked.help, masked.notes[0].message)]
    assert [TOKEN.sub("TOKEN", text) for text in told] == [
        f"no lead is {shown} here",
        f"Ask {shown}",
        f"there: {shown}",
    ]


def test_a_sentence_whose_words_look_like_a_quote_keeps_them() -> None:
    words = "person {} %s Email: canary@acme.example"
    (masked,) = redact_diagnostics([Diagnostic("any", sentence(words, Quote("a", ("Email",))))], POLICY)
    assert str(masked.message).startswith(words)


def test_the_records_of_a_policy_decide_of_their_names() -> None:
    shown = replace(POLICY, records={"Leads": "show"})
    one = Diagnostic(
        "any", sentence(Quote(CANARY, ("Email",), "Leads"), Quote("Quill", ("Email",), "Contacts"))
    )
    (masked,) = redact_diagnostics([one], shown)
    assert str(masked.message) == CANARY + POLICY.token("Quill")


def test_a_known_word_is_proposed_though_what_was_written_is_masked() -> None:
    finding = unknown_key("Canary", ("Canry_Code", "Email"), At(SourceText("a.yaml", ""), 1, 1))
    (masked,) = redact_diagnostics(place([finding]), POLICY)
    assert str(masked.help) == "did you mean `Canry_Code`?"
    assert "Canary" not in str(masked.message)


def test_an_exception_stays_what_it_is_and_quotes_nobody() -> None:
    request = "GET /Leads/1"
    errors = [
        RequestRefused(
            f"{request}: INVALID_DATA", code="INVALID_DATA", status=400, request=request, said=CANARY
        ),
        RequestRefused(f"{request}: {CANARY}", code=CANARY, status=400, request=request, said=CANARY),
        AccessDenied(
            f"{request}: the CRM takes no more calls now",
            code="TOO_MANY_REQUESTS",
            status=429,
            request=request,
            said=CANARY,
        ),
        AccessDenied(f"not for {CANARY}", code="WRONG_ORG", status=0, request=request, help=f"Ask {CANARY}."),
        CrmUnreachable("GET /org: no usable answer (canary.quill@acme.example)"),
        PlanRefused(f"the plan is about {CANARY}", help=f"Ask {CANARY}."),
        InputError((Diagnostic("bad-value", CANARY, help=CANARY),)),
    ]
    for error in errors:
        kind, exit_code = type(error), error.exit_code
        redact_error(error, POLICY, personal_values(personal(), POLICY))
        told = render_diagnostics(error.diagnostics) if isinstance(error, InputError) else ""
        assert clean(str(error) + error.help + told)
        assert (type(error), error.exit_code) == (kind, exit_code)


@pytest.mark.parametrize(
    ("text", "known", "shown"),
    [
        ("ask canary@acme.example, now", (), "ask TOKEN, now"),
        ("Al and Albert", ("Al", "Albert"), "TOKEN and TOKEN"),
        ("already Al", ("Al",), "already TOKEN"),
        ("person-x", ("person", "Quill"), "TOKEN-x"),
        ("a+b.c", ("a+b.c",), "TOKEN"),
        ("nothing personal", ("",), "nothing personal"),
        ("canary.quill@acme.example", ("canary",), "TOKEN"),
        ("a@b.c and friends", ("a@b.c and friends",), "TOKEN"),
        ("<a@b@c>", (), "<TOKEN>"),
        (f"to {'a' * 300}@{'b' * 250}.example end", (), "to TOKEN end"),
        ("@ana@acme.example@x", (), "TOKEN"),
        ("an @ alone, @team", (), "an @ alone, @team"),
    ],
)
def test_a_message_shows_neither_addresses_nor_known_values(
    text: str, known: tuple[str, ...], shown: str
) -> None:
    assert TOKEN.sub("TOKEN", redact_text(text, POLICY, known)) == shown


def test_what_zsync_says_of_a_refused_call_is_shown() -> None:
    error = AccessDenied("GET /org: 7 credits are left", code="CREDIT_RESERVE", status=0, request="GET /org")
    redact_error(error, POLICY)
    assert str(error) == "GET /org: 7 credits are left"


def test_a_long_word_is_searched_once() -> None:
    word = "a" * 200_000
    assert redact_text(f"{word} {word}@acme.example", POLICY).startswith(f"{word} person-")


def test_of_a_part_of_a_line_nothing_is_shown() -> None:
    part = "ana@acme.example, " * 60
    place = Span("a.yaml", 1, 5000)
    found = Diagnostic("unknown-key", "x", place, excerpt=part[: EXCERPT.most + 1], width=9, begins=4500)
    (masked,) = redact_diagnostics([found], POLICY)
    assert (masked.excerpt, masked.width, masked.begins) == ("…", 1, 5000)
    assert "1 | …" in render_diagnostics([masked])


def test_the_number_of_what_is_not_told_is_shown() -> None:
    *_, last = redact_diagnostics(capped([Diagnostic("a", "b")] * 1500), POLICY)
    assert str(last.message) == "500 more problems are not shown"
    assert "run again" in str(last.help)


def read(text: str, folder: Path) -> Policy:
    """The policy of a zsync.yaml."""
    path = folder / "zsync.yaml"
    path.write_text(text)
    return load_config(path).personal


def test_zsync_yaml_says_what_is_personal(tmp_path: Path) -> None:
    assert read("version: 1\n", tmp_path) == Policy()
    said = read(
        "version: 1\npersonal: {fields: {Email: show}, records: {Leads: mask}, default: show}\n", tmp_path
    )
    assert said == Policy({"Email": "show"}, {"Leads": "mask"}, "show")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{fields: {Email: hide}}", "bad-value"),
        ("{fields: [Email]}", "wrong-type"),
        ("{default: yes}", "bad-value"),
        ("{feilds: {}}", "unknown-key"),
        ("[]", "wrong-type"),
        ("", "wrong-type"),
    ],
)
def test_what_zsync_yaml_must_not_say_of_personal_data(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read(f"version: 1\npersonal: {text}\n", tmp_path)
    assert [one.code for one in caught.value.diagnostics] == [code]
    schema = json.loads((ROOT / "schemas" / "config.schema.json").read_text())
    personal = YAML(typ="safe").load(f"personal: {text}\n")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 1, **personal}, schema)


def test_what_a_change_carries_is_masked_like_any_field() -> None:
    one = change("ana", {"Member_Status": "Sent"}, {"Member_Status": "Opened"}, carried={"Guest": CANARY})
    (masked,) = redact_plan(plan(one), POLICY).changes
    assert (masked.carried, masked.after) == ({"Guest": POLICY.token(CANARY)}, {"Member_Status": "Opened"})
    assert CANARY not in dump_plan(redact_plan(plan(one), POLICY))
