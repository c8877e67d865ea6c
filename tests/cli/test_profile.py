"""`zsync profile`, and what `zsync validate` tells with it: offline, for each environment."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.test_typos import HEAD, WORLD, caret
from tests.program import Run
from zsync.emulator import RunningCrm, running

CONFIG = """version: 1
environments:
  production: {manifests: [everywhere]}
  sandbox: {manifests: [everywhere, eu]}
"""
ROWS = "{key: Email, records: [{Email: ana@acme.example, Member_Status: %s}]}\n"
Write = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def bundled() -> Iterator[RunningCrm]:
    with running(WORLD) as crm:
        yield crm


@pytest.fixture
def crm(bundled: RunningCrm) -> RunningCrm:
    bundled.switch(
        hidden_lists=frozenset(),
        campaign_statuses=True,
        scope="ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.org.READ ZohoCRM.coql.READ",
    )
    bundled.requests.clear()
    return bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return {**crm.environment(), "SOURCE_DATE_EPOCH": "1800000000"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str) -> Path:
        file = tmp_path / "relations" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)
        return file

    put("zsync.yaml", CONFIG)
    return put


@pytest.fixture
def profiled(run: Run, write: Write, crm: RunningCrm) -> Path:
    """Both environments have their profile; the folder of the profiles."""
    folder = write("everywhere/spring.yaml", HEAD + "  Leads: " + ROWS % "Sent").parents[1] / "orgs"
    for name in ("production", "sandbox"):
        assert run("profile", "-e", name).code == 0
    crm.requests.clear()
    return folder


def test_a_profile_has_the_org_and_nobody_in_it(profiled: Path, run: Run, crm: RunningCrm) -> None:
    text = (profiled / "production.yaml").read_text()
    assert f'org_id: "{crm.org_id}"' in text
    assert "      Members: {module: Leads}\n" in text
    assert "      Guests: {module: Leads, type: multiselectlookup}\n" in text
    assert '      Badge: {type: text, label: "Badge number", length: 4}\n' in text.replace(
        "label: Badge number", 'label: "Badge number"'
    )
    assert "  Member_Status:\n    - Planned\n" in text
    assert not [word for word in ("@acme.example", "Ngata", "Ana", "Acme") if word in text]
    assert (
        run("profile", "-e", "production").out
        == "relations/orgs/production.yaml: nothing has changed in the org.\n"
    )
    assert (profiled / "production.yaml").read_text() == text


def test_nothing_is_written_to_the_org(profiled: Path, run: Run, crm: RunningCrm) -> None:
    run("profile", "-e", "production")
    assert {one.method for one in crm.requests if "/crm/" in one.path} == {"GET"}


def test_check_says_what_has_changed_in_the_org_and_writes_nothing(
    profiled: Path, run: Run, crm: RunningCrm
) -> None:
    before = (profiled / "sandbox.yaml").read_bytes()
    assert run("profile", "-e", "sandbox", "--check").code == 0
    crm.switch(hidden_lists=frozenset({"Campaigns/Members"}))
    said = run("profile", "-e", "sandbox", "--check")
    assert said.code == 2
    assert "1 change in the org\n  ~ Campaigns › Members  list of Leads → hidden list of Leads\n" in said.out
    assert (profiled / "sandbox.yaml").read_bytes() == before
    said = run("profile", "-e", "sandbox", SOURCE_DATE_EPOCH="1900000000")
    assert (said.code, "Campaigns › Members" in said.out) == (0, True)
    text = (profiled / "sandbox.yaml").read_text()
    assert ("hidden: true" in text, 'date: "2030-03-17"' in text) == (True, True)


def test_validate_names_the_environments_of_each_finding_and_asks_nobody(
    profiled: Path, run: Run, write: Write, crm: RunningCrm
) -> None:
    write("everywhere/spring.yaml", HEAD + "  Leads: " + ROWS % "Atended")
    write("eu/more.yaml", HEAD + "  Contacts: {key: Emial, records: [{Emial: ana@acme.example}]}\n")
    said = run("validate")
    assert (said.code, crm.requests) == (4, [])
    assert caret(said, "unknown-value") == [("relations/everywhere/spring.yaml:4:74", "Atended")]
    assert caret(said, "unknown-field") == [("relations/eu/more.yaml:4:19", "Emial")]
    assert "`Atended` is not a Member_Status of production and sandbox" in said.err
    assert "Contacts has no field Emial in sandbox" in said.err
    assert "relations/orgs/sandbox.yaml is of 2027-01-15; new since? zsync profile -e sandbox" in said.err
    only = run("validate", "-e", "production")
    assert ("of production\n" in only.err, "Emial" in only.err) == (True, False)


def test_a_list_may_be_named_by_its_own_name_where_a_profile_tells_where_it_leads(
    run: Run, write: Write, crm: RunningCrm
) -> None:
    write("everywhere/spring.yaml", HEAD + "  Members: " + ROWS % "Sent")
    said = run("validate")
    assert (said.code, "only an org profile tells: `zsync profile`" in said.err) == (4, True)
    for name in ("production", "sandbox"):
        run("profile", "-e", name)
    assert run("validate").code == 0
    assert "unsupported-relation" not in run("fmt", "--check").err
    said = run("plan", "-e", "production", "--no-base")
    assert (said.code, "1 to create" in said.out, "/Members" in str([one.path for one in crm.requests])) == (
        0,
        True,
        True,
    )


def test_a_profile_that_lies_about_a_list_is_not_believed_by_a_plan(
    profiled: Path, run: Run, write: Write, crm: RunningCrm
) -> None:
    file = profiled / "production.yaml"
    file.write_text(file.read_text().replace("Members: {module: Leads}", "Members: {module: Contacts}"))
    write("everywhere/spring.yaml", HEAD + "  Members: " + ROWS % "Sent")
    said = run("plan", "-e", "production", "--no-base")
    assert said.code == 4
    assert "Campaigns has no related list Members of Contacts in production" in said.err
    assert "Members is a list of Leads there" in said.err


def test_a_plan_asks_the_org_for_statuses_that_its_profile_says_it_tells(
    profiled: Path, run: Run, write: Write, crm: RunningCrm
) -> None:
    file = profiled / "production.yaml"
    # The profile itself is not believed: it only says that the org can be asked.
    file.write_text(file.read_text().replace("    - Planned\n", "    - Atended\n", 1))
    write("everywhere/spring.yaml", HEAD + "  Leads: " + ROWS % "Atended")
    said = run("plan", "-e", "production", "--no-base")
    assert said.code == 4
    assert caret(said, "unknown-value") == [("relations/everywhere/spring.yaml:4:74", "Atended")]
    assert "is not a Member_Status of production" in said.err
    assert [one.path for one in crm.requests if "status" in one.path] == ["/crm/v2/Campaigns/status"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< ours\norg_profile: 1\n", ""),
        ("org_profile: 2\n", "must be 1, not the number 2"),
        ("org_profile: 1\nspies: true\n", "unknown key `spies`"),
        (
            "org_profile: 1\norg_id: '1'\ntype: ''\ndate: x\nmodules: {}\n" + "#" * 9 * 2**20,
            "it is larger than 8 MiB",
        ),
        ("", "must be one mapping"),
    ],
    ids=["conflict", "newer", "foreign", "large", "empty"],
)
def test_a_profile_that_cannot_be_used_is_an_error_of_validate_and_a_warning_of_plan(
    profiled: Path, run: Run, text: str, said: str
) -> None:
    (profiled / "production.yaml").write_text(text)
    found = run("validate")
    assert (found.code, "error[bad-profile]" in found.err, said in found.err) == (4, True, True)
    assert "zsync profile" in found.err
    found = run("plan", "-e", "production", "--no-base")
    assert (found.code, "warning[bad-profile]" in found.err) == (0, True)
    assert run("profile", "-e", "production", "--check").code == 4
    assert run("profile", "-e", "production").code == 0
    assert run("validate").code == 0


def test_a_profile_of_another_org_is_not_used(profiled: Path, run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\nenvironments: {production: {org_id: '999'}, sandbox: {}}\n")
    said = run("validate")
    assert said.code == 4
    assert "it is of org 10234695, and production is org 999" in said.err


def test_a_profile_of_an_environment_that_is_gone_is_a_warning(
    profiled: Path, run: Run, write: Write
) -> None:
    write("zsync.yaml", "version: 1\nenvironments: {production: {}}\n")
    said = run("validate")
    assert (said.code, "warning[stray-profile]" in said.err, "orgs/sandbox.yaml" in said.err) == (
        0,
        True,
        True,
    )


def test_an_environment_without_a_profile_is_named(profiled: Path, run: Run) -> None:
    (profiled / "sandbox.yaml").unlink()
    said = run("validate")
    assert (said.code, "of sandbox, without an org profile: zsync profile -e sandbox" in said.out) == (
        0,
        True,
    )


def test_a_profile_is_no_manifest_and_one_elsewhere_is_an_error(
    profiled: Path, run: Run, write: Write
) -> None:
    assert run("validate").out.startswith("1 file, 1 related list, 1 row: nothing to fix.")
    assert "1 to create" in run("plan", "-e", "production", "--no-base").out
    text = (profiled / "sandbox.yaml").read_text()
    write("eu/copy.yaml", text)
    assert "error[stray-profile]" in run("validate").err
    (profiled.parent / "eu" / "copy.yaml").unlink()
    # A manifest does not get past anybody as a profile.
    write("orgs/hidden.yaml", "org_profile: 1\n" + HEAD + "  Leads: " + ROWS % "Sent")
    assert "unknown key `org_profile`" in run("validate").err


def test_a_manifest_may_stand_in_a_folder_of_that_name(run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\n")
    write("orgs/spring.yaml", HEAD + "  Leads: " + ROWS % "Sent")
    assert run("validate").out.startswith("1 file, 1 related list, 1 row")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("zsync", "%7Async.yaml"),
        ("../up", "%2E.%2Fup.yaml"),
        (".hidden", "%2Ehidden.yaml"),
        ("a b", "a%20b.yaml"),
        ("Süd", "Süd.yaml"),
    ],
)
def test_no_name_of_an_environment_leads_out_of_the_folder_or_to_a_configuration(
    run: Run, write: Write, tmp_path: Path, name: str, file: str
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments: {{'{name}': {{}}}}\n")
    write("spring.yaml", HEAD + "  Leads: " + ROWS % "Sent")
    assert run("profile", "-e", name).code == 0
    assert [each.name for each in (tmp_path / "relations" / "orgs").iterdir()] == [file]
    assert run("validate").code == 0


def test_a_profile_that_is_a_link_out_of_the_repository_is_not_read(
    profiled: Path, run: Run, tmp_path: Path
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    (profiled / "sandbox.yaml").rename(outside)
    (profiled / "sandbox.yaml").symlink_to(outside)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    said = run("validate")
    assert (said.code, "a link that leads out of the repository" in said.err) == (4, True)
    outside.unlink()


def test_without_an_environment_or_the_scope_there_is_no_profile(
    run: Run, write: Write, crm: RunningCrm
) -> None:
    crm.switch(scope="ZohoCRM.modules.ALL ZohoCRM.org.READ ZohoCRM.settings.related_lists.READ")
    crm.expire_tokens()
    said = run("profile", "-e", "sandbox")
    assert (said.code, "ZohoCRM.settings.fields.READ" in said.err) == (8, True)
    write("zsync.yaml", "version: 1\n")
    said = run("profile")
    assert (said.code, "a profile is kept for an environment" in said.err) == (64, True)


def test_doctor_tells_of_profiles_of_several_lists_and_of_kinds_that_nobody_proved(
    profiled: Path, run: Run, write: Write
) -> None:
    said = run("doctor", "-e", "production")
    assert "ok    profile" in said.out
    assert "relations/orgs/production.yaml is of 2027-01-15" in said.out
    write("zsync.yaml", CONFIG + "relation_kinds: [{parent: Campaigns, related: Vendors}]\n")
    (profiled / "production.yaml").write_text("org_profile: 2\n")
    told = run("doctor", "-e", "production").out
    assert "warn  profile" in told
    assert "no page of Zoho's says that such relations can be written" in told
    world = {**WORLD, "lists": [{"parent": "Campaigns", "name": "Guests", "module": "Leads"}]}
    with running(world) as other:
        told = run("doctor", "-e", "production", **other.environment()).out
    assert "several lists lead to one module: Campaigns › Members, Campaigns › Guests" in told


def test_a_declared_kind_is_unproven_once_a_run(run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\nrelation_kinds: [{parent: Campaigns, related: Vendors}]\n")
    for name in ("one", "two"):
        write(
            f"{name}.yaml", HEAD + "  Vendors: {key: Vendor_Name, records: [{Vendor_Name: " + name + "}]}\n"
        )
    said = run("validate")
    assert (said.code, said.err.count("warning[unproven-kind]")) == (0, 1)
    assert caret(said, "unproven-kind") == [("relations/one.yaml:4:3", "Vendors")]


def test_a_rehearsal_takes_the_list_that_the_manifests_name(run: Run, write: Write) -> None:
    world = {**WORLD, "lists": [{"parent": "Campaigns", "name": "Guests", "module": "Leads"}]}
    write("zsync.yaml", "version: 1\nenvironments: {sandbox: {}}\n")
    with running(world) as other:
        environment = other.environment()
        assert run("profile", **environment).code == 0
        write("spring.yaml", HEAD + "  Leads: " + ROWS % "Sent")
        assert "error[ambiguous-list]" in run("plan", "--no-base", **environment).err
        write("spring.yaml", HEAD + "  Members: " + ROWS % "Sent")
        assert run("plan", "--no-base", "--snapshot", "seen.json", **environment).code == 0
        said = run("rehearse", "--no-base", "--snapshot", "seen.json", **environment)
    assert (said.code, "1 created" in said.out) == (0, True)
