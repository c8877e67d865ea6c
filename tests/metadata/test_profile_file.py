"""An org profile as a file: what is written is read back, one change is a small diff, and nothing in it is believed blindly."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.example import ROOT
from tests.laws import tries
from zsync.metadata.profile import OrgChange, OrgProfile, differences, kept
from zsync.metadata.profile_file import dump_profile, is_profile, profile_schema, read_profile
from zsync.model.metadata import FieldMeta, ModuleMeta, RelatedList
from zsync.syntax.source import Finding, SourceText

STATUS = FieldMeta("Status", "picklist", "State", 120, values=("Planned", "Opted Out", "yes"))
LEADS = RelatedList("Leads", "Leads", True, "7", "default", "Leads", "Leads")
PROFILE = OrgProfile(
    "20075998123",
    "production",
    "2026-11-20",
    {
        "Leads": ModuleMeta({"Email": FieldMeta("Email", "email", "E-mail", 100)}),
        "Campaigns": ModuleMeta(
            {"Status": STATUS}, (LEADS, RelatedList("Guests", "Leads", False, type="grouped"))
        ),
    },
    ("Services__s",),
    {"Member_Status": ("Planned", "Sent")},
    {"omitted": "kept"},
)


def read(text: str) -> tuple[OrgProfile | None, list[Finding]]:
    return read_profile(SourceText("orgs/production.yaml", text))


names = st.from_regex(r"[$]?[A-Za-z0-9_]{1,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
fields = st.builds(
    FieldMeta,
    names,
    st.sampled_from(["", "text", "picklist", "currency", "lookup"]),
    st.one_of(st.just(""), texts),
    st.one_of(st.none(), st.integers(0, 999)),
    st.one_of(st.none(), st.integers(0, 9)),
    st.lists(texts, max_size=3, unique=True).map(tuple),
    st.lists(texts, max_size=2, unique=True).map(tuple),
    st.dictionaries(texts, texts, max_size=2),
    st.booleans(),
)
lists = st.builds(
    RelatedList,
    names,
    st.one_of(st.just(""), names),
    st.booleans(),
    type=st.sampled_from(["", "default", "grouped"]),
    label=texts,
)
modules = st.builds(
    ModuleMeta,
    st.one_of(st.none(), st.lists(fields, max_size=3).map(lambda found: {each.name: each for each in found})),
    st.one_of(st.none(), st.lists(lists, max_size=3, unique_by=lambda each: each.name).map(tuple)),
)
profiles = st.builds(
    OrgProfile,
    st.from_regex("[0-9]{1,20}", fullmatch=True),
    st.sampled_from(["", "production", "sandbox"]),
    st.just("2026-11-20"),
    st.dictionaries(names, modules, max_size=3),
    st.lists(names, max_size=2, unique=True).map(tuple),
    st.dictionaries(names, st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple), max_size=2),
    st.dictionaries(names, texts, max_size=2),
)


@tries(60)
@given(profiles, texts)
def test_what_is_written_is_read_back_and_written_again_as_the_same_bytes(
    profile: OrgProfile, name: str
) -> None:
    written = dump_profile(profile, name)
    found, findings = read(written)
    assert (found, findings) == (kept(profile), [])
    assert found is not None
    assert dump_profile(found, name) == written
    assert is_profile(written.encode())
    assert differences(profile, found) == ()


def test_a_new_value_and_a_new_field_are_a_line_each() -> None:
    more = replace(STATUS, values=(*STATUS.values, "Fair"))
    module = ModuleMeta(
        {"Status": more, "Seat": FieldMeta("Seat", "text", length=4)}, PROFILE.modules["Campaigns"].lists
    )
    after = replace(PROFILE, modules={**PROFILE.modules, "Campaigns": module})
    old, new = (dump_profile(each, "production").splitlines() for each in (PROFILE, after))
    assert [line.strip() for line in new if line not in old] == ["Seat: {type: text, length: 4}", "- Fair"]
    assert [line for line in old if line not in new] == []
    assert differences(PROFILE, after) == (
        OrgChange("Campaigns.Seat", "", "text, 4 long"),
        OrgChange("Campaigns.Status = Fair", "", "value"),
    )


def test_what_an_org_has_no_more_is_told_thing_by_thing() -> None:
    hidden = ModuleMeta(
        {"Status": replace(STATUS, values=("Planned", "yes"), unused=("Opted Out",))}, (replace_list(LEADS),)
    )
    after = replace(PROFILE, org_type="sandbox", modules={"Campaigns": hidden}, values={})
    assert [str(each.about) for each in differences(PROFILE, after)] == [
        "org type",
        "Member_Status = Planned",
        "Member_Status = Sent",
        "Campaigns › Guests",
        "Campaigns › Leads",
        "Campaigns.Status = Opted Out",
        "Leads",
    ]
    assert differences(PROFILE, after)[-1] == OrgChange("Leads", "module", "")
    assert differences(after, PROFILE)[-1] == OrgChange("Leads", "", "module")


def replace_list(listed: RelatedList) -> RelatedList:
    return listed._replace(visible=False)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "wrong-type", "org profile"),
        ("- a\n", "wrong-type", "org profile"),
        ("org_profile: 1\norg_profile: 1\n", "duplicate-key", "org_profile"),
        ("org_profile: 2\norg_id: '1'\ndate: x\nmodules: {}\n", "bad-version", "must be 1"),
        ("org_profile: 1\norg_id: '1'\ndate: x\nmodules: {Leads: {feilds: {}}}\n", "unknown-key", "feilds"),
        ("org_profile: 1\norg_id: x\ndate: x\nmodules: {}\n", None, "org_id"),
        ("org_profile: 1\ndate: x\nmodules: {}\n", "missing-key", "org_id"),
        (
            "org_profile: 1\norg_id: '1'\ndate: x\nmodules: {Leads: {fields: {A: {length: long}}}}\n",
            "wrong-type",
            "length",
        ),
        ("<<<<<<< HEAD\norg_profile: 1\n", None, ""),
        ("org_profile: 1\n---\norg_profile: 1\n", "wrong-type", "org profile"),
    ],
)
def test_what_is_no_profile_is_told_at_its_place_with_the_one_remedy(
    text: str, code: str | None, said: str
) -> None:
    found, findings = read(text)
    assert found is None
    assert code in (None, findings[0].code)
    assert said in str(findings[0].message)
    assert "zsync profile" in str(findings[0].help)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("org_profile: 1\n", True),
        ("# a comment\n\norg_profile : 1\n", True),
        ("org_profile: 1\nparent: {module: Leads}\n", False),
        ("related_lists: {}\norg_profile: 1\n", False),
        ("version: 1\nparent: {org_profile: 1}\n", False),
        ("  org_profile: 1\n", False),
    ],
)
def test_only_a_file_that_has_nothing_of_a_manifest_is_a_profile(text: str, is_one: bool) -> None:
    assert is_profile(text.encode()) is is_one


def test_the_schema_is_the_committed_one_and_fits() -> None:
    committed = ROOT / "schemas" / "profile.schema.json"
    assert json.loads(Path(committed).read_text("utf-8")) == profile_schema()
    jsonschema.validate(YAML(typ="safe").load(dump_profile(PROFILE, "production")), profile_schema())
