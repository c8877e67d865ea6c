"""zsync.yaml: what it says, where it is found, and what must not stand in it."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from zsync.config import Config, config_schema, find_config, load_config
from zsync.errors import InputError, UsageError
from zsync.guards.counts import Counting, Limit
from zsync.guards.evaluation import GUARDS, NO_GUARDS
from zsync.kinds import KINDS, find_kind
from zsync.model import Diagnostic
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
    assert "ZSYNC_API_DOMAIN" in found.help


@pytest.mark.parametrize(
    "url", ["https://sandbox.zohoapis.uk/", "https://accounts.zoho.ae", "http://localhost:8080"]
)
def test_an_address_of_zoho_or_this_machine_is_taken(url: str) -> None:
    config = read(f"version: 1\nenvironments: {{p: {{api_domain: '{url}'}}}}\n")
    assert config.environments["p"].api_domain == url.rstrip("/")


def test_the_file_is_found_above_the_manifests_and_not_above_the_repository() -> None:
    for folder in ("repo/.git", "repo/relations/campaigns/spring"):
        Path(folder).mkdir(parents=True)
    Path("zsync.yaml").touch()
    Path("repo/relations/campaigns/spring/a.yaml").touch()
    start = [Path("repo/relations/campaigns/spring/a.yaml")]
    assert find_config(start) is None
    Path("repo/relations/zsync.yaml").touch()
    assert find_config(start) == Path("repo/relations/zsync.yaml")
    assert find_config([Path("repo/relations")]) == Path("repo/relations/zsync.yaml")


def test_without_paths_the_file_is_the_one_in_relations() -> None:
    assert find_config([]) is None
    Path("relations").mkdir()
    Path("relations/zsync.yaml").touch()
    assert find_config([]) == Path("relations/zsync.yaml")


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
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


def test_what_lies_above_a_folder_of_no_repository_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zsync.yaml").write_text("version: 1\n")
    (tmp_path / "theirs" / "relations").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert find_config([tmp_path / "theirs" / "relations"]) is None
    (tmp_path / ".git").mkdir()
    assert find_config([tmp_path / "theirs" / "relations"]) == tmp_path / "zsync.yaml"


def test_the_environment_in_force_has_all_guards_and_without_a_name_those_for_every_one() -> None:
    config = read(
        "version: 1\nguards: {max_deletes: 5}\nenvironments:\n  eu: {guards: {max_updates: 9}}\n  us: {}\n"
    )
    assert config.environment("eu").guards.names == {"max_deletes", "max_updates"}
    assert config.environment("us").guards == config.environment("").guards == config.guards
    assert config.environment("").name == ""


@pytest.mark.parametrize("name", ["EU", "eu ", "-"])
def test_an_environment_that_the_file_does_not_have_is_wrong_usage(name: str) -> None:
    config = read("version: 1\nenvironments: {eu: {}, us: {}}\n")
    with pytest.raises(UsageError, match=r"in zsync\.yaml") as caught:
        config.environment(name)
    assert caught.value.help == "The environments are: eu, us."


def test_an_environment_expects_its_org() -> None:
    config = read("version: 1\nenvironments:\n  eu: {org_id: '17', type: sandbox}\n  us: {}\n")
    assert config.environment("eu").expected == ("eu", "17", "sandbox")
    assert config.environment("us").expected == ("us", "", "")
    assert config.environment("").expected == ("", "", "")
