"""Which commit counts as agreed, where nobody names one."""

import subprocess
from pathlib import Path

import pytest

from tests.git.test_commits import run, save
from zsync.bounds import OLDER_BASES
from zsync.errors import UsageError
from zsync.git import before, choose_base, compare, touching


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that others clone, with two commits on main."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = (tmp_path / "origin").resolve()
    run(tmp_path, "init", "-q", "-b", "main", str(folder))
    grow(folder, "1")
    grow(folder, "2")
    return folder


def grow(folder: Path, text: str) -> str:
    """One more commit."""
    (folder / "a.yaml").write_text(text)
    return save(folder)


def cloned(origin: Path, *how: str) -> Path:
    """A clone of it, over a protocol that knows of depths."""
    folder = origin.parent / "clone"
    run(origin.parent, "clone", "-q", *how, f"file://{origin}", str(folder))
    return folder


def test_it_is_where_the_branch_left_the_main_one(origin: Path) -> None:
    clone = cloned(origin)
    left = run(clone, "rev-parse", "HEAD")
    run(clone, "checkout", "-q", "-b", "topic")
    grow(clone, "topic")
    grow(origin, "3")
    run(clone, "fetch", "-q")
    found = choose_base(clone / "relations")
    assert found
    assert (found.root, found.name, found.commit) == (clone, "main", left)


def test_what_others_merged_since_is_in_it_once_the_branch_has_it(origin: Path) -> None:
    clone = cloned(origin)
    run(clone, "checkout", "-q", "-b", "topic")
    (clone / "b.yaml").write_text("topic")
    save(clone)
    merged = grow(origin, "3")
    run(clone, "pull", "-q", "--no-rebase", "origin", "main")
    found = choose_base(clone)
    assert found
    assert found.commit == merged


def test_the_main_branch_is_the_one_that_the_remote_says(origin: Path) -> None:
    run(origin, "branch", "-m", "main", "trunk")
    clone = cloned(origin)
    found = choose_base(clone)
    assert found
    assert found.name == "trunk"


@pytest.mark.parametrize("name", ["main", "master"])
def test_without_that_it_is_main_or_master(origin: Path, name: str) -> None:
    run(origin, "branch", "-m", "main", name)
    clone = cloned(origin)
    run(clone, "remote", "set-head", "origin", "--delete")
    run(clone, "checkout", "-q", "-b", "topic")
    run(clone, "branch", "-q", "-D", name)
    found = choose_base(clone)
    assert found
    assert found.name == name


def test_a_remote_head_that_leads_nowhere_is_passed_over(origin: Path) -> None:
    clone = cloned(origin)
    run(clone, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    found = choose_base(clone)
    assert found
    assert found.name == "main"


def test_without_a_remote_it_is_the_commit_that_is_checked_out(origin: Path) -> None:
    run(origin, "checkout", "-q", "-b", "topic")
    head = grow(origin, "3")
    found = choose_base(origin)
    assert found
    assert (found.name, found.commit) == ("HEAD", head)


def test_without_a_commit_or_git_there_is_none(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_base(tmp_path) is None
    run(tmp_path, "init", "-q", "empty")
    assert choose_base(tmp_path / "empty") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_base(origin) is None


@pytest.mark.parametrize("ref", ["v1", "HEAD~1", "main"])
def test_a_commit_that_is_named_is_the_one(origin: Path, ref: str) -> None:
    run(origin, "tag", "v1")
    found = choose_base(origin, ref)
    assert found
    assert (found.called, found.commit) == (ref, run(origin, "rev-parse", ref))


def test_a_commit_that_is_named_by_its_digits_has_no_other_name(origin: Path) -> None:
    sha = run(origin, "rev-parse", "HEAD")
    for ref in (sha, sha[:9], sha[:9].upper()):
        found = choose_base(origin, ref)
        assert found
        assert (found.name, found.called) == ("", sha[:7])


def refused(folder: Path) -> str:
    """Why there is no base to choose; all ways out are named."""
    with pytest.raises(UsageError) as caught:
        choose_base(folder)
    for way in ("--base REF", "--no-base", "fetch-depth: 0"):
        assert way in (caught.value.help or "")
    return str(caught.value)


@pytest.fixture
def topic(origin: Path) -> Path:
    """The repository has a branch of two commits besides."""
    run(origin, "checkout", "-q", "-b", "topic")
    grow(origin, "3")
    grow(origin, "4")
    run(origin, "checkout", "-q", "main")
    return origin


def test_a_shallow_clone_of_the_branch_alone_cannot_tell(topic: Path) -> None:
    assert "which branch is the main one" in refused(cloned(topic, "--depth", "1", "--branch", "topic"))


def test_a_shallow_clone_of_all_branches_cannot_tell(topic: Path) -> None:
    clone = cloned(topic, "--depth", "1", "--no-single-branch", "--branch", "topic")
    assert "HEAD and main have no commit in common: it is a shallow clone" in refused(clone)


def test_a_shallow_clone_that_is_deep_enough_can_tell(topic: Path) -> None:
    clone = cloned(topic, "--depth", "3", "--no-single-branch", "--branch", "topic")
    found = choose_base(clone)
    assert found
    assert found.commit == run(topic, "rev-parse", "main")


def test_a_shallow_clone_of_the_main_branch_is_its_own_base(topic: Path) -> None:
    found = choose_base(cloned(topic, "--depth", "1"))
    assert found
    assert found.commit == run(topic, "rev-parse", "main")


def test_a_shallow_clone_that_may_hide_a_later_common_commit_cannot_tell(origin: Path) -> None:
    # m1 is in main and in topic, and so is an older branch. Where the way from main to m1 is cut off, only that one shows.
    run(origin, "checkout", "-q", "-b", "older")
    (origin / "b.yaml").write_text("older")
    save(origin)
    run(origin, "checkout", "-q", "main")
    m1, m2 = grow(origin, "m1"), grow(origin, "m2")
    run(origin, "merge", "-q", "-m", "x", "older")
    run(origin, "checkout", "-q", "-b", "topic", "older")
    run(origin, "merge", "-q", "-m", "x", m1)
    run(origin, "checkout", "-q", "main")
    clone = cloned(origin, "--branch", "topic")
    assert choose_base(clone)
    (clone / ".git" / "shallow").write_text(f"{m2}\n")
    assert run(clone, "merge-base", "HEAD", "origin/main") == run(origin, "rev-parse", "older")
    assert "this clone does not hold the history since HEAD left main" in refused(clone)


def test_histories_without_a_common_commit_cannot_tell(origin: Path) -> None:
    clone = cloned(origin)
    run(clone, "checkout", "-q", "--orphan", "other")
    grow(clone, "other")
    assert refused(clone).endswith("HEAD and main have no commit in common")


def test_nothing_that_a_configuration_names_is_started(origin: Path, tmp_path: Path) -> None:
    clone, canary = cloned(origin), tmp_path / "canary"
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "alias.merge-base",
        "alias.remote",
        "core.alternateRefsCommand",
    ):
        run(clone, "config", key, f"touch '{canary}'; cat")
    assert choose_base(clone)
    assert not canary.exists()


def test_a_repository_that_git_refuses_is_no_repository_without_a_base(
    origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where it belongs to another user: "detected dubious ownership".
    (origin / ".git" / "config").write_text("[broken\n")
    assert "Git cannot read the repository" in refused(origin)

    def fails(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", 60)

    monkeypatch.setattr("subprocess.run", fails)
    refused(origin)


def test_a_folder_that_is_only_called_as_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert choose_base(tmp_path) is None


def test_before_a_commit_come_those_that_its_branch_had_before_each_change_in_the_folders(
    origin: Path, tmp_path: Path
) -> None:
    folder = origin / "rel[a]*"
    folder.mkdir()
    commits = [run(origin, "rev-parse", "HEAD")]
    for name in ("rel[a]*/a.yaml", "other.yaml", "rel[a]*/b.yaml"):
        (origin / name).write_text(name)
        commits.append(save(origin))
    run(origin, "checkout", "-q", "-b", "topic", commits[0])
    folder.mkdir()
    (folder / "t.yaml").write_text("t")
    save(origin)
    run(origin, "checkout", "-q", "main")
    run(origin, "-c", "user.name=a", "-c", "user.email=a@b.example", "merge", "-q", "--no-edit", "topic")
    merged = run(origin, "rev-parse", "HEAD")
    assert before(origin, merged, [folder]) == (commits[3], commits[2], commits[0])
    assert before(origin, commits[3], [folder, tmp_path / "elsewhere"]) == (commits[2], commits[0])
    assert before(origin, commits[0], [folder]) == ()
    assert len(before(origin, merged, [origin])) == 5


def test_only_so_many_commits_are_looked_at(origin: Path) -> None:
    for number in range(OLDER_BASES.most + 2):
        grow(origin, f"more {number}")
    assert len(before(origin, "HEAD", [origin])) == OLDER_BASES.most


def test_how_two_commits_stand_to_each_other_is_told_with_the_files_under_both_their_names(
    origin: Path,
) -> None:
    first = run(origin, "rev-parse", "HEAD~1")
    (origin / "ä b\n.yaml").write_text("moved")
    (origin / "a.yaml").unlink()
    tip = save(origin)
    assert compare(first, "main", origin) == ("ahead", tip, ("a.yaml", "ä b\n.yaml"))
    assert compare(tip, "main", origin) == ("identical", tip, ())
    assert compare(tip, first, origin)[:2] == ("diverged", first)
    with pytest.raises(UsageError, match="there is no commit"):
        compare(first, "other", origin)


def test_where_git_cannot_tell_the_files_nothing_is_compared(origin: Path) -> None:
    first, tip = run(origin, "rev-parse", "HEAD~1"), run(origin, "rev-parse", "HEAD")
    tree = run(origin, "rev-parse", "HEAD~1^{tree}")
    (origin / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(UsageError, match="Git cannot compare"):
        compare(first, tip, origin)


def test_the_commits_that_touch_a_path_are_those_of_heads_own_branch(origin: Path) -> None:
    first, second = run(origin, "rev-parse", "HEAD~1"), run(origin, "rev-parse", "HEAD")
    (origin / "other").mkdir()
    (origin / "other" / "[b].yaml").write_text("b")
    third = save(origin)
    assert touching(origin, ["."]) == (third, second, first)
    assert touching(origin, ["other/[b].yaml"]) == (third,)
    assert touching(origin / "other", ["../a.yaml"]) == (second, first)
    assert touching(origin, ["gone"]) == touching(origin, ["../outside"]) == ()
