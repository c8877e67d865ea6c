"""Which zsync.yaml is in force, and which ones nobody gets past."""

import os
import shutil
from pathlib import Path

import pytest

from zsync.config import bound_config, find_at, find_config
from zsync.config.search import search_folders
from zsync.errors import InputError, UsageError

CONFIG = Path("relations/zsync.yaml")


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo").mkdir()
    monkeypatch.chdir(tmp_path / "repo")
    make(".git/HEAD", "relations/campaigns/spring/a.yaml", "relations/leads/b.yaml")


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*paths: str | Path) -> str | None:
    place = find_config(map(Path, paths))
    return place and str(place.path)


def refused(*paths: str | Path) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        find_config(map(Path, paths))
    (one,) = caught.value.diagnostics
    return one.code, str(one.message)


@pytest.mark.parametrize("config", ["zsync.yaml", "relations/zsync.yaml", "relations/campaigns/zsync.yaml"])
@pytest.mark.parametrize("path", ["relations/campaigns", "relations/campaigns/spring/a.yaml"])
def test_the_one_at_or_above_the_paths_is_in_force(config: str, path: str) -> None:
    make(config)
    assert found(path) == config
    assert found(Path(path).absolute()) == config


def test_what_lies_above_the_repository_is_not_ours() -> None:
    make("../zsync.yaml")
    assert found("relations") is None
    make("zsync.yaml")
    assert found("relations") == "zsync.yaml"


def test_in_a_worktree_the_repository_ends_at_its_file() -> None:
    Path(".git/HEAD").unlink()
    Path(".git").rmdir()
    Path(".git").write_text("gitdir: ../elsewhere\n")
    make("../zsync.yaml")
    assert found("relations") is None


@pytest.mark.parametrize("hidden", [".git", ".git/HEAD", ".git/config"])
def test_nobody_hides_a_configuration_by_planting_a_repository_below_it(
    monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    make("relations/zsync.yaml", f"relations/campaigns/{hidden}")
    assert found("relations/campaigns") == "relations/zsync.yaml"
    monkeypatch.chdir("relations")
    assert found("campaigns") == "zsync.yaml"


@pytest.mark.parametrize("planted", [".git", ".git/config"])
def test_what_is_no_repository_is_looked_past(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    make("relations/zsync.yaml", f"relations/campaigns/{planted}")
    monkeypatch.chdir("relations/campaigns")
    assert found("spring") == "../zsync.yaml"


def test_without_git_the_current_folder_is_where_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("../zsync.yaml", "../plain/relations/a.yaml")
    monkeypatch.chdir(tmp_path / "plain")
    assert found("relations") is None
    make("zsync.yaml")
    assert found("relations") == "zsync.yaml"


@pytest.mark.parametrize(
    "other",
    [
        "zsync.yaml",
        "relations/campaigns/zsync.yaml",
        "relations/campaigns/spring/zsync.yaml",
        "relations/products/zsync.yaml",
    ],
)
@pytest.mark.parametrize("paths", [["relations"], ["relations/campaigns", "relations/leads"]])
def test_a_second_one_above_or_below_is_an_error_that_names_both(other: str, paths: list[str]) -> None:
    make("relations/zsync.yaml", other)
    code, message = refused(*paths)
    assert code == "second-config"
    assert "`relations/zsync.yaml`" in message
    assert f"`{other}`" in message


def test_no_path_takes_the_place_of_the_one_in_relations() -> None:
    make("relations/zsync.yaml", "campaigns/spring.yaml")
    assert found("campaigns") == "relations/zsync.yaml"
    make("campaigns/zsync.yaml")
    assert refused("campaigns")[0] == "second-config"


@pytest.mark.parametrize("name", ["zsync.yml", "Zsync.yaml", "ZSYNC.YML"])
@pytest.mark.parametrize("folder", ["", "relations/", "relations/campaigns/spring/"])
def test_one_under_another_name_is_an_error(name: str, folder: str) -> None:
    make(folder + name)
    code, message = refused("relations")
    assert code == "misnamed-config"
    assert f"`{folder}{name}`" in message
    make("relations/zsync.yaml")
    assert "in force is `relations/zsync.yaml`" in refused("relations")[1]


def test_a_folder_with_the_name_is_not_looked_past() -> None:
    make("relations/zsync.yaml", "relations/leads/zsync.yaml/x")
    assert refused("relations")[0] == "second-config"


def test_a_link_counts_wherever_it_leads() -> None:
    make("relations/zsync.yaml")
    Path("relations/leads/zsync.yaml").symlink_to("nowhere")
    assert refused("relations")[0] == "second-config"


def test_hidden_folders_are_none_of_it() -> None:
    make("relations/zsync.yaml", "relations/.old/zsync.yaml", ".git/zsync.yaml")
    assert found("relations") == "relations/zsync.yaml"
    assert found(".") == "relations/zsync.yaml"


def test_a_path_that_is_a_link_counts_where_it_leads() -> None:
    make("relations/zsync.yaml", "elsewhere/eu/a.yaml", "elsewhere/zsync.yaml")
    Path("relations/eu").symlink_to("../elsewhere/eu")
    assert refused("relations/eu")[0] == "second-config"
    Path("elsewhere/zsync.yaml").unlink()
    assert found("relations/eu") == "relations/zsync.yaml"


def test_a_folder_that_cannot_be_read_might_hold_a_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    make("relations/zsync.yaml")
    scan = os.scandir

    def refusing(folder: str) -> object:
        # Whoever runs the tests as root may read every folder.
        if str(folder).endswith("leads"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    code, message = refused("relations")
    assert code == "unreadable-file"
    assert "leads` cannot be read (Permission denied)" in message


def test_inside_relations_it_is_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    make("relations/zsync.yaml")
    monkeypatch.chdir("relations")
    assert found("campaigns") == found(".") == found() == "zsync.yaml"
    monkeypatch.chdir("campaigns")
    assert found("spring") == found() == "../zsync.yaml"


def test_without_paths_the_one_of_relations_counts_and_nothing_is_looked_through() -> None:
    assert found() is None
    make("elsewhere/zsync.yaml")
    assert found() is None
    make("relations/zsync.yaml")
    assert found() == "relations/zsync.yaml"


def test_another_repository_has_its_own(tmp_path: Path) -> None:
    make("../other/.git/HEAD", "../other/relations/a.yaml", "../other/zsync.yaml", "../zsync.yaml")
    assert found("../other/relations") == str(tmp_path / "other/zsync.yaml")
    make("relations/zsync.yaml")
    assert refused("../other/relations")[0] == "second-config"


def test_paths_without_a_repository_in_common_are_wrong_usage(tmp_path: Path) -> None:
    make("../one/a.yaml")
    with pytest.raises(UsageError, match="in common"):
        find_config([Path("relations"), Path("../one")])
    assert found("../one") is None


def test_a_path_that_is_not_there_has_nothing_to_say() -> None:
    make("relations/zsync.yaml")
    assert found("/nowhere/at/all") == found("nowhere") == "relations/zsync.yaml"


def test_a_plan_names_it_from_the_root_wherever_zsync_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    make("relations/zsync.yaml")
    for folder, shown in (
        (".", "relations/zsync.yaml"),
        ("relations", "zsync.yaml"),
        ("campaigns", "../zsync.yaml"),
    ):
        monkeypatch.chdir(folder)
        place = find_config(())
        assert place == (Path(shown), "relations/zsync.yaml")
        assert bound_config("relations/zsync.yaml") == place


@pytest.mark.parametrize(
    "name", ["../zsync.yaml", "/etc/passwd", "relations/a.yaml", "relations/../../zsync.yaml", ""]
)
def test_a_plan_leads_to_no_file_elsewhere(name: str) -> None:
    make("../zsync.yaml", "relations/a.yaml")
    assert bound_config(name) is None


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(InputError):
        search_folders(())


def test_a_link_to_the_folder_makes_no_second_one_of_it() -> None:
    make(".git/HEAD", "other/zsync.yaml", "other/a.yaml")
    shutil.rmtree("relations")
    Path("relations").symlink_to("other")
    assert found("relations") in ("relations/zsync.yaml", "other/zsync.yaml")


BEFORE = ["crm/zsync.yaml"]


@pytest.mark.parametrize("path", ["crm", "crm/a.yaml", "crm/../crm", "./crm/deep", "ABS/crm"])
@pytest.mark.parametrize("instead", ["a link", "a link in between", "nothing", "a file"])
def test_what_a_commit_says_of_a_folder_holds_whatever_takes_its_place(path: str, instead: str) -> None:
    make(".git/HEAD", "other/zsync.yaml")
    if instead == "a link":
        Path("crm").symlink_to("other")
    if instead == "a link in between":
        Path("crm").symlink_to("links")
        Path("links").symlink_to("other")
    if instead == "a file":
        Path("crm").write_text("")
    assert find_at([Path(path.replace("ABS", str(Path.cwd())))], BEFORE) == "crm/zsync.yaml"


def test_a_link_to_a_folder_counts_at_a_commit_where_it_leads_as_well() -> None:
    make(".git/HEAD", "other/zsync.yaml")
    Path("link").symlink_to("other")
    assert find_at([Path("link")], ["other/zsync.yaml"]) == "other/zsync.yaml"
    with pytest.raises(InputError):
        find_at([Path("link")], ["link/zsync.yaml", "other/zsync.yaml"])
