"""A repository that holds zsync's settings and no manifest yet: every command says so, and none fails."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.test_base import git, manifest
from tests.program import Ended, Run
from zsync.emulator import RunningCrm, running

SETTINGS = "version: 1\nenvironments:\n  production: {type: sandbox}\n"
FOLDERS = "version: 1\nenvironments:\n  production: {type: sandbox, manifests: [everywhere, eu]}\n"
Said = Callable[[str], Ended]


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign with one lead."""
    records = {
        "Campaigns": [{"id": "500", "Campaign_Name": "Spring"}],
        "Leads": [{"id": "1000", "Last_Name": "L"}],
    }
    with running({"records": records}) as bundled:
        bundled.link("Campaigns/500/Leads", {"id": "1000", "Member_Status": "Sent"})
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def said(run: Run) -> Said:
    """Runs a command line in a repository whose only commit has the settings."""
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text(SETTINGS)
    git("init", "-q", "-b", "main")
    git("add", "relations")
    git("commit", "-q", "-m", "Settings")
    return lambda text: run(*text.split())


@pytest.mark.parametrize(
    "command", ["validate", "fmt --check", "plan", "plan --no-base --only change", "verify", "drift"]
)
@pytest.mark.parametrize("path", ["", " relations"])
def test_settings_alone_are_in_order(said: Said, command: str, path: str) -> None:
    ended = said(command + path)
    assert ended.code == 0
    assert "There is no manifest here" in ended.out + ended.err


@pytest.mark.parametrize("command", ["validate", "fmt --check", "plan", "drift"])
def test_so_are_settings_with_an_org_profile(said: Said, command: str) -> None:
    assert said("profile -e production").code == 0
    git("add", "relations")
    git("commit", "-q", "-m", "Profile")
    ended = said(command)
    assert (ended.code, "There is no manifest here" in ended.out + ended.err) == (0, True)


@pytest.mark.parametrize("command", ["plan --no-base", "plan", "drift"])
def test_so_are_folders_that_the_settings_name_and_nobody_has_made(said: Said, command: str) -> None:
    Path("relations/zsync.yaml").write_text(FOLDERS)
    assert said(command).code == 0


def test_a_folder_that_is_missing_beside_manifests_is_an_error_as_before(said: Said) -> None:
    Path("relations/zsync.yaml").write_text(FOLDERS)
    Path("relations/eu").mkdir()
    Path("relations/eu/spring.yaml").write_text(manifest({1000: "Sent"}))
    for command in ("plan", "plan relations/eu"):
        ended = said(command)
        assert (ended.code, "`relations/everywhere`" in ended.err) == (4, True)


@pytest.mark.parametrize("name", ["spring.YAML", "north"])
def test_what_could_be_a_manifest_and_is_read_by_nothing_is_still_an_error(said: Said, name: str) -> None:
    place = Path("relations", name)
    if name == "north":
        place.symlink_to(Path.cwd(), target_is_directory=True)
    else:
        place.write_text(manifest({1000: "Sent"}))
    for command in ("plan --no-base", "validate"):
        ended = said(command)
        assert (ended.code, "no-manifest" in ended.err) == (4, True)


@pytest.mark.parametrize("path", ["relations/north", "relations/spring.yaml", "relatons"])
def test_a_path_that_leads_nowhere_is_an_error_as_before(said: Said, path: str) -> None:
    for command in ("plan", "validate", "fmt"):
        assert said(f"{command} {path}").code == 4


def test_what_the_base_owned_is_deleted_though_nothing_but_the_settings_is_left(said: Said) -> None:
    Path("relations/spring.yaml").write_text(manifest({1000: "Sent"}))
    git("add", "relations")
    git("commit", "-q", "-m", "Spring")
    Path("relations/spring.yaml").unlink()
    ended = said("plan")
    assert (ended.code, "1 to delete" in ended.out, "no manifest" in ended.err) == (0, True, False)


def test_a_base_without_manifests_has_no_drift_whatever_has_been_written_since(said: Said) -> None:
    Path("relations/spring.yaml").write_text(manifest({1000: "Planned"}))
    ended = said("drift --base HEAD")
    assert (ended.code, "Drift: none" in ended.out) == (0, True)
    assert said("drift --base HEAD relations/spring.yaml").code == 0
