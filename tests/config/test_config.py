"""zsync.yaml: what it says, where it is found, and what must not stand in it."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.laws import tries
from zsync.config import Config, check_bound, config_schema, load_config
from zsync.errors import InputError, PlanRefused, UsageError
from zsync.guards.counts import Counting, Limit
from zsync.guards.evaluation import GUARDS, NO_GUARDS
from zsync.kinds import KINDS, find_kind
from zsync.model import Binding, Configured, Diagnostic, Expected
from zsync.render.diagnostics import render_diagnostics

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str) -> Config:
    Path("zsync.yaml").write_text(text, "utf-8")
    return load_config(Path("zsync.yaml"))


def wrong(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.diagnostics


def test_an_environment_has_what_the_file_says() -> None:
    config = read(
        "version: 1\nenvironments:\n  sandbox:\n    data_centre: eu\n    type: sandbox\n    org_id: 0020075\n"
        "    api_domain: http://127.0.0.1:8080/\n    concurrency: 5\n    credit_reserve: 1000\n  other: {}\n"
    )
    sandbox, other = config.environments["sandbox"], config.environments["other"]
    assert (sandbox.data_centre, sandbox.type, sandbox.org_id) == ("eu", "sandbox", "0020075")
    assert (sandbox.api_domain, sandbox.accounts_url) == ("http://127.0.0.1:8080", "")
    assert (sandbox.concurrency, sandbox.credit_reserve) == (5, 1000)
    assert (other.name, other.type, other.concurrency) == ("other", "", 5)


@pytest.mark.parametrize(
    ("says", "line", "said"),
    [
        ("put: some", 4, "`put` must be `all` or `changed`, not"),
        ("put: [all]", 4, "must be"),
        ("put: changed", 4, "takes an environment that was probed"),
        ("put: changed\n    probed: sandbx", 5, "there is no environment `sandbx`"),
        ("probed: sandbox", 4, "means nothing without `put: changed`"),
        ("put: all\n    probed: sandbox", 5, "means nothing without `put: changed`"),
        ("put: changed\n    probed: [sandbox]", 5, "must be"),
    ],
)
def test_a_put_that_nothing_can_come_of_is_told_at_its_place(says: str, line: int, said: str) -> None:
    (found,) = wrong(f"version: 1\nenvironments:\n  sandbox:\n    {says}\n")
    assert (found.code in ("bad-value", "wrong-type"), found.span and found.span.line) == (True, line)
    assert said in str(found.message)


def test_a_sandbox_may_serve_its_production_and_itself() -> None:
    text = "version: 1\nenvironments:\n  live: {put: changed, probed: sandbox}\n  sandbox: {put: %s}\n"
    known = read(text % "changed, probed: sandbox").environments
    assert [(each.put, each.probed) for each in known.values()] == [("changed", "sandbox")] * 2
    assert (
        read(text % "all").environments["sandbox"].put,
        read("version: 1\nenvironments: {a: {}}\n").environments["a"].put,
    ) == ("all", "all")


def test_a_file_of_a_version_alone_is_enough() -> None:
    config = read("version: 1\n")
    assert (dict(config.environments), config.kinds, config.path) == ({}, KINDS, Path("zsync.yaml"))
    assert (config.guards.rules, config.guards.digest) == ((), NO_GUARDS)


def test_fields_are_added_to_a_kind_whichever_side_is_written_first() -> None:
    kinds = read(
        "version: 1\nrelation_kinds:\n  - {parent: Leads, related: Campaigns, fields: {Tickets: number}}\n"
    ).kinds
    campaigns = find_kind("Campaigns", "Leads", kinds)
    assert campaigns is not None
    assert dict(campaigns.fields) == {"Member_Status": "text", "Tickets": "number"}
    assert len(kinds) == len(KINDS)
    assert dict(KINDS[0].fields) == {"Member_Status": "text"}


def test_a_kind_of_its_own_is_added() -> None:
    kinds = read("version: 1\nrelation_kinds: [{parent: Vendors, related: Products}]\n").kinds
    assert [kind.name for kind in kinds[len(KINDS) :]] == ["Vendors–Products"]


@pytest.mark.parametrize(
    "name",
    ["client_secret", "Refresh_Token", "access_token", "password", "ZOHO_CLIENT_SECRET", "clientSecret"],
)
@pytest.mark.parametrize(
    "template",
    [
        "version: 1\nenvironments: {p: {KEY: hunter2}}\n",
        "KEY: hunter2\n",
        "version: 1\nguards: [{x: {KEY: [hunter2]}}]\n",
        "KEY: hunter2\nKEY: hunter2\n",
        "KEY: hunter2\nversion: @x\n",
        "version: 1\nenvironments: {p: {KEY: hunter2, type: x}}\n",
    ],
)
def test_a_secret_is_refused_and_not_shown(name: str, template: str) -> None:
    found = wrong(template.replace("KEY", name))
    assert "hunter2" not in render_diagnostics(found) + repr(found)
    # What is no YAML at all is no mapping in which a secret's name could be seen.
    assert ("yaml" if "@" in template else "secret") in {diagnostic.code for diagnostic in found}


def test_a_guard_that_cannot_be_evaluated_is_refused() -> None:
    assert [d.code for d in wrong("version: 1\nguards: {max_moves: 5}\n")] == ["unknown-guard"]


@pytest.mark.parametrize("value", ["", "null", "~"])
def test_a_setting_left_empty_is_an_error(value: str) -> None:
    assert [d.code for d in wrong(f"version: 1\nenvironments:\n  p:\n    type: {value}\n")]


@pytest.mark.parametrize("name", ["api_domain", "accounts_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://www.zohoapis.com",
        "https://evil.example",
        "https://www.zohoapis.com.evil.example",
        "https://www.zohoapis.com@evil.example",
        "https://www.zohoapis.com/path",
        "http://127.0.0.1.evil.example",
        "",
    ],
)
def test_a_file_leads_to_zoho_and_to_this_machine_alone(name: str, url: str) -> None:
    (found,) = wrong(f"version: 1\nenvironments: {{p: {{{name}: '{url}'}}}}\n")
    assert found.code == "bad-value"
    assert "ZSYNC_API_DOMAIN" in str(found.help)


@pytest.mark.parametrize(
    "url", ["https://sandbox.zohoapis.uk/", "https://accounts.zoho.ae", "http://localhost:8080"]
)
def test_an_address_of_zoho_or_this_machine_is_taken(url: str) -> None:
    config = read(f"version: 1\nenvironments: {{p: {{api_domain: '{url}'}}}}\n")
    assert config.environments["p"].api_domain == url.rstrip("/")


def test_a_file_that_is_not_there_is_a_diagnostic() -> None:
    with pytest.raises(InputError) as caught:
        load_config(Path("nowhere.yaml"))
    assert [d.code for d in caught.value.diagnostics] == ["unreadable-file"]


def test_the_committed_schema_is_the_one_that_the_models_make() -> None:
    committed = (ROOT / "schemas" / "config.schema.json").read_text("utf-8")
    assert committed == json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_example_fits_the_schema_and_can_be_read() -> None:
    example = ROOT / "relations" / "zsync.yaml"
    jsonschema.validate(YAML(typ="safe").load(example), config_schema())
    assert load_config(example).path == example


def test_the_commented_guards_of_the_example_can_be_read() -> None:
    text = (ROOT / "relations" / "zsync.yaml").read_text("utf-8")
    commented = re.search(r"^# guards:\n(# .*\n)+", text, re.MULTILINE)
    assert commented is not None
    config = read("version: 1\n" + re.sub(r"^# ", "", commented[0], flags=re.MULTILINE))
    assert config.guards.names == GUARDS.keys() - {"max_updates", "max_creates"}
    # Editors read YAML 1.2, in which a date is text.
    data = json.loads(json.dumps(YAML(typ="safe").load(Path("zsync.yaml")), default=str))
    jsonschema.validate(data, config_schema())


Words = st.sampled_from(
    [
        "version",
        "environments",
        "relation_kinds",
        "guards",
        "parent",
        "related",
        "fields",
        "type",
        "org_id",
        "password",
        "p",
        "1",
    ]
)
Trees: Any = st.recursive(
    Words | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(Words, inner, max_size=5),
    max_leaves=20,
)


@tries(shared=True)
@given(st.binary() | Trees.map(lambda tree: json.dumps(tree).encode()))
def test_no_file_raises_anything_but_input_errors(data: bytes) -> None:
    Path("zsync.yaml").write_bytes(data)
    try:
        kinds = load_config(Path("zsync.yaml")).kinds
    except InputError as error:
        kinds, found = (), error.diagnostics
    else:
        found = ()
    assert bool(kinds) != bool(found)


@pytest.mark.parametrize(
    ("text", "per_list", "in_all"),
    [
        ("5", Limit(None, None), Limit(5, None)),
        ("5%", Limit(None, Decimal(5)), Limit(None, None)),
        ("{count: 5, in_all: 3}", Limit(None, None), Limit(3, None)),
        ("{count: 3, in_all: 5}", Limit(None, None), Limit(3, None)),
        ("{percent: 5, per_list: 3%}", Limit(None, Decimal(3)), Limit(None, None)),
        ("{percent: 3, per_list: {percent: 5, count: 7}}", Limit(7, Decimal(3)), Limit(None, None)),
    ],
)
def test_of_two_limits_for_the_same_the_smaller_holds(text: str, per_list: Limit, in_all: Limit) -> None:
    (rule,) = read(f"version: 1\nguards: {{max_deletes: {text}}}\n").guards.rules
    assert isinstance(rule, Counting)
    assert (rule.per_list, rule.in_all) == (per_list, in_all)


def test_the_environment_in_force_has_all_guards_and_a_file_without_one_those_for_every_one() -> None:
    config = read(
        "version: 1\nguards: {max_deletes: 5}\nenvironments:\n  eu: {guards: {max_updates: 9}}\n  us: {}\n"
    )
    assert config.environment("eu").guards.names == {"max_deletes", "max_updates"}
    assert config.environment("us").guards == config.guards
    alone = read("version: 1\nguards: {max_deletes: 5}\n").environment("")
    assert not alone.name
    assert alone.guards.names == {"max_deletes"}


def test_the_only_environment_is_in_force_without_its_name() -> None:
    config = read("version: 1\nenvironments: {production: {protected: true, guards: {max_changes: 0}}}\n")
    assert config.environment("") == config.environment("production")
    assert config.environment("").protected


def test_of_several_environments_one_has_to_be_chosen() -> None:
    config = read(
        "version: 1\nenvironments:\n  sandbox: {org_id: '20075998999', type: sandbox}\n"
        "  production: {org_id: '20075998123', type: production, protected: true}\n  o'hara: {}\n"
    )
    with pytest.raises(UsageError) as caught:
        config.environment("", command="drift")
    assert str(caught.value) == "which environment? zsync.yaml has 3, and none was chosen"
    assert caught.value.lines == (
        "sandbox      org 20075998999 (sandbox)",
        "production   org 20075998123 (production, protected)",
        "o'hara",
    )
    assert caught.value.help == (
        "zsync drift -e sandbox, or export ZSYNC_ENVIRONMENT=sandbox. zsync 0.1.0 ran without one, and without its guards."
    )


def test_a_link_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("version: 1\n")
    Path("zsync.yaml").symlink_to("real.yaml")
    with pytest.raises(InputError) as caught:
        load_config(Path("zsync.yaml"))
    assert [d.code for d in caught.value.diagnostics] == ["unreadable-file"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("eu-test", "eu_test"), ("eu", "EU"), ("é", "ö"), ("a b", "a.b"), ("eß", "ess"), ("\u00fc", "u\u0308")],
)
def test_two_environments_cannot_share_their_variables(one: str, other: str) -> None:
    (found,) = wrong(f"version: 1\nenvironments: {{{one}: {{}}, us: {{}}, {other}: {{}}}}\n")
    assert found.code == "bad-value"
    assert "would share their variables: ZSYNC_" in str(found.message)


@pytest.mark.parametrize("name", ["''", "' '"])
def test_an_environment_needs_a_name(name: str) -> None:
    assert [d.code for d in wrong(f"version: 1\nenvironments: {{{name}: {{}}}}\n")] == ["bad-value"]


def test_one_environment_may_begin_as_another() -> None:
    config = read("version: 1\nenvironments: {EU: {}, EU_TEST: {}, prod-eu 2: {}}\n")
    prefixes = [each.prefix for each in config.environments.values()]
    assert prefixes == ["ZSYNC_EU_", "ZSYNC_EU_TEST_", "ZSYNC_PROD_EU_2_"]


def binding(config: Config, **other: Any) -> Binding:
    given = {"environment": next(iter(config.environments), ""), "configuration": config.bound} | other
    return Binding(
        "1", "", "", manifests="", guards="", git_commit="", zsync="", created_at="", expires_at="", **given
    )


def test_a_plan_is_for_the_very_bytes_of_its_configuration() -> None:
    before = read("version: 1\nenvironments: {eu: {}}\n")
    check_bound(binding(before), before)
    after = read("version: 1\nenvironments: {eu: {}}\n# a word\n")
    with pytest.raises(PlanRefused, match="not as it was"):
        check_bound(binding(before), after)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"configuration": None}, "under no zsync.yaml, and here is zsync.yaml"),
        (
            {"configuration": Configured("eu/zsync.yaml", NO_GUARDS)},
            "under eu/zsync.yaml, and here is zsync.yaml",
        ),
        ({"environment": "us"}, "environment 'us', which zsync.yaml does not have"),
        ({"environment": ""}, "environment '', which zsync.yaml does not have"),
        ({"environment": "rehearsal of eu"}, "environment 'rehearsal of eu'"),
    ],
)
def test_a_plan_of_another_configuration_or_environment_is_refused(other: dict[str, Any], said: str) -> None:
    config = read("version: 1\nenvironments: {eu: {}}\n")
    with pytest.raises(PlanRefused, match=said):
        check_bound(binding(config, **other), config)


def test_a_plan_of_a_configuration_is_refused_where_there_is_none() -> None:
    config, nothing = read("version: 1\n"), Config({}, KINDS)
    with pytest.raises(PlanRefused, match=r"under zsync\.yaml, and here is no zsync\.yaml"):
        check_bound(binding(config), nothing)
    check_bound(binding(nothing), nothing)


@pytest.mark.parametrize("name", ["EU", "eu ", "-"])
def test_an_environment_that_the_file_does_not_have_is_wrong_usage(name: str) -> None:
    config = read("version: 1\nenvironments: {eu: {}, us: {}}\n")
    with pytest.raises(UsageError, match=r"in zsync\.yaml") as caught:
        config.environment(name)
    assert caught.value.help == "The environments are: eu, us."


def test_an_environment_expects_its_org() -> None:
    config = read("version: 1\nenvironments:\n  eu: {org_id: '17', type: sandbox}\n  us: {}\n")
    assert config.environment("eu").expected == Expected("eu", "17", "sandbox")
    assert config.environment("us").expected == Expected("us")


@pytest.mark.parametrize("name", ["Camp aigns", "Leads\\r\\n", "x) or (id", "../Leads", "Lé", ""])
@pytest.mark.parametrize("where", ["parent", "related", "fields"])
def test_a_name_that_requests_cannot_hold_is_an_error_at_its_place(name: str, where: str) -> None:
    said = {"parent": '"A"', "related": '"B"', "fields": "{}"}
    said[where] = f'{{"{name}": text}}' if where == "fields" else f'"{name}"'
    line = ", ".join(f"{key}: {value}" for key, value in said.items())
    (found,) = wrong(f"version: 1\nrelation_kinds: [{{{line}}}]\n")
    assert found.code == "bad-value"
    assert found.span
    assert found.excerpt[found.span.column - 1 :].startswith(f'"{name}"')


def test_a_module_may_be_named_as_people_do() -> None:
    config = read(
        "version: 1\nrelation_kinds: [{parent: Price Books, related: My_Module__s, fields: {A_1: text}}]\n"
    )
    assert (config.kinds[-1].left, config.kinds[-1].right) == ("Price_Books", "My_Module__s")


def test_an_environment_is_the_same_however_its_letters_are_composed() -> None:
    config = read("version: 1\nenvironments: {prod\u00fc: {}, other: {}}\n")
    assert config.environment("produ\u0308").name == "prod\u00fc"
    assert config.environment("prod\u00fc").prefix == "ZSYNC_PROD__"
