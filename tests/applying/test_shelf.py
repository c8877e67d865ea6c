"""Where journals are, which is the newest, and which one a name means."""

import re
from pathlib import Path

import pytest

from zsync.applying import shelf
from zsync.applying.shelf import short
from zsync.errors import InputError, UsageError

RUNS = ("20270301T115959Z-b-20", "20270301T120000Z-a", "20270301T120000Z-a-2", "20270301T120000Z-a-11")


@pytest.fixture
def known(tmp_path: Path) -> list[Path]:
    """Journals of two orgs of an environment, and what is none."""
    for number, run in enumerate(reversed(RUNS)):
        (tmp_path / str(number % 2)).mkdir(exist_ok=True)
        (tmp_path / str(number % 2) / f"{run}.jsonl").write_text("")
    (tmp_path / "notes.txt").write_text("")
    return shelf.journals(tmp_path)


def test_the_eleventh_run_of_a_second_is_behind_the_second_whatever_its_org(known: list[Path]) -> None:
    assert tuple(path.stem for path in known) == RUNS
    assert shelf.journals(Path("nowhere")) == []


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("last", RUNS[3]),
        (RUNS[1], RUNS[1]),
        (RUNS[3], RUNS[3]),
        ("20270301T11", RUNS[0]),
        ("a-11", RUNS[3]),
        ("-b-", RUNS[0]),
    ],
)
def test_a_run_is_found_by_its_name_or_by_as_much_of_it_as_is_its_own(
    known: list[Path], run: str, found: str
) -> None:
    assert shelf.find(run, known, Path("here")).stem == found


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("", "no run ''"),
        ("../etc", "no run '../etc'"),
        ("b-2x", "no run"),
        ("*", "no run"),
    ],
)
def test_a_name_that_means_no_run_or_several_is_told_with_those_there_are(
    known: list[Path], run: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        shelf.find(run, known, Path("here"))
    (one,) = caught.value.diagnostics
    assert said in str(one.message)
    assert RUNS[3] in f"{one.message} {one.help}"


@pytest.mark.parametrize(("run", "candidates"), [("20270301T12", RUNS[1:]), ("-a", RUNS[1:]), ("2027", RUNS)])
def test_a_piece_of_several_names_is_wrong_usage_with_all_of_them(
    known: list[Path], run: str, candidates: tuple[str, ...]
) -> None:
    with pytest.raises(
        UsageError, match=f"which run\\? '{run}' is in the names of {len(candidates)}"
    ) as caught:
        shelf.find(run, known, Path("here"))
    assert caught.value.lines == candidates
    assert "`last`" in caught.value.help


def test_where_there_are_no_runs_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        shelf.find("last", [], tmp_path)
    (one,) = caught.value.diagnostics
    assert str(one.message) == f"there are no runs in {tmp_path}"
    assert "--journal FILE" in str(one.help)


def test_the_other_runs_of_a_plan_are_told_the_newest_first(known: list[Path]) -> None:
    assert shelf.siblings(RUNS[2], known) == [RUNS[3], RUNS[1]]
    assert shelf.siblings(RUNS[0], known) == []


@pytest.mark.parametrize("org", ["../..", "/etc", "", ".", "9 0", "\0", "a" * 300, "con:x"])
def test_an_orgs_id_from_outside_stays_one_folder(tmp_path: Path, org: str) -> None:
    path = shelf.place(tmp_path, org, "20270301T120000Z", "aa")
    assert path.parent.parent == tmp_path
    assert path.parent.name.strip(".")
    path.parent.mkdir()


def test_a_second_run_of_a_moment_is_the_second(tmp_path: Path) -> None:
    first = shelf.place(tmp_path, "9", "20270301T120000Z", "a")
    assert first.stem == "20270301T120000Z-a"
    first.parent.mkdir()
    first.touch()
    assert shelf.place(tmp_path, "9", "20270301T120000Z", "a").stem == "20270301T120000Z-a-2"


def test_environments_and_repositories_of_like_names_share_nothing(tmp_path: Path) -> None:
    names = ["", "_", "eu", "EU", "eu/", "e u", "e-u", "..", "ü", "ö"]
    here = shelf.shelf(tmp_path, tmp_path / "a" / "crm")
    folders = {here.environment(name) for name in names}
    assert len({str(folder).lower() for folder in folders}) == len(names)
    assert {folder.parent for folder in folders} == {here.folder}
    assert (here.environment("eu").name, here.environment("").name) == ("eu", "_")
    there = shelf.shelf(tmp_path, tmp_path / "b" / "crm")
    assert there.folder != here.folder
    assert here.folder.name.startswith("crm-")


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("CRM", "crm"),
        ("My CRM (EU)", "my-crm-eu"),
        ("_crm_", "crm"),
        ("xcrmx", "xcrmx"),
        ("a" * 45, "a" * 40),
        ("王芳", "repository"),
        ("crm\udcff", "crm"),
    ],
)
def test_a_shelf_has_what_can_be_read_of_the_repositorys_name(
    tmp_path: Path, name: str, readable: str
) -> None:
    folder = shelf.shelf(tmp_path / "state", tmp_path / name).folder
    assert folder.parent == tmp_path / "state" / "repositories"
    assert re.fullmatch(f"{readable}-[0-9a-f]{{12}}", folder.name)


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("My EU", "my-eu-"),
        ("-EU-", "eu-"),
        ("xEUx!", "xeux-"),
        ("A" * 45, "a" * 40 + "-"),
        ("王芳", ""),
        ("EU\ud83d", "eu-"),
    ],
)
def test_an_environment_whose_name_is_no_folders_keeps_what_can_be_read_of_it(
    tmp_path: Path, name: str, readable: str
) -> None:
    folder = shelf.Shelf(tmp_path).environment(name)
    assert re.fullmatch(f"{readable}[0-9a-f]{{12}}", folder.name)


def test_the_environments_of_a_repository_are_those_that_have_journals(tmp_path: Path) -> None:
    here = shelf.Shelf(tmp_path)
    for environment, file in (("eu", "a.jsonl"), ("eu", "b.jsonl"), ("", "a.jsonl"), ("us", "notes.txt")):
        folder = here.environment(environment) / "90001"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    assert here.environments() == [tmp_path / "_", tmp_path / "eu"]


def test_a_repository_is_the_same_by_whatever_path_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert shelf.shelf(tmp_path, tmp_path / "link") == shelf.shelf(tmp_path, tmp_path / "real")


@pytest.mark.parametrize(
    ("run", "called"),
    [
        ("20270301T090000Z-b81c44d0", "b81c44d0"),
        ("20270301T090000Z-3fa90c17-2", "20270301T090000Z-3fa90c17-2"),
        ("20270302T090000Z-77aa0000-2", "77aa0000"),
        ("20270303T090000Z-11bb0000-2-3", "11bb0000"),
        ("odd", "odd"),
        ("odd-", "odd-"),
    ],
)
def test_a_run_is_called_by_its_digest_where_no_other_has_it(run: str, called: str) -> None:
    known = ["20270301T090000Z-b81c44d0", "20270301T080000Z-3fa90c17", "20270301T090000Z-3fa90c17-2"]
    assert short(run, [*known, run]) == called
