"""What Git knows about the manifests, whatever a tree or a configuration says."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from zsync.errors import UsageError
from zsync.git import CommitTree, commit, find_commit, named, tree

WHO = {
    f"GIT_{role}_{key}": text
    for role in ("AUTHOR", "COMMITTER")
    for key, text in (("NAME", "Ana"), ("EMAIL", "ana@acme.example"))
}


def run(folder: Path, *words: str, given: bytes = b"") -> str:
    """Git as a person runs it."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        check=True,
        capture_output=True,
        env={**os.environ, **WHO},
        input=given,
    )
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a manifest and a sheet, and a home without settings; it is the current folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = (tmp_path / "repository").resolve()
    (folder / "relations" / "deep").mkdir(parents=True)
    (folder / "csv").mkdir()
    (folder / "relations" / "a.yaml").write_text("a: 1\n")
    (folder / "relations" / "deep" / "b ü.yaml").write_text("b: 1\r\n")
    (folder / "csv" / "rows.csv").write_text("Email\n")
    run(tmp_path, "init", "-q", str(folder))
    monkeypatch.chdir(folder)
    save(folder)
    return folder


def save(folder: Path) -> str:
    """Commit all there is; the commit comes back."""
    run(folder, "add", "--all")
    run(folder, "commit", "-q", "-m", "x")
    return run(folder, "rev-parse", "HEAD")


def at(ref: str, folder: Path) -> CommitTree:
    """The files of a commit."""
    return tree(folder, find_commit(ref, folder))


def files(found: CommitTree, inside: str = ".") -> set[str]:
    """What a commit has below a folder."""
    return {each.relative_to(found.root).as_posix() for each in found.files(found.root / inside)}


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    assert commit(tmp_path / "nowhere") == ""


def test_without_git_there_is_no_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commit(repository)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(repository) == ""


def test_in_a_repository_it_is_the_one_that_is_checked_out(repository: Path, tmp_path: Path) -> None:
    assert commit(repository / "relations") == run(repository, "rev-parse", "HEAD")
    run(tmp_path, "init", "-q", "empty")
    assert commit(tmp_path / "empty") == ""


def test_the_files_of_a_commit_are_as_they_were(repository: Path) -> None:
    (repository / "relations" / "a.yaml").write_text("a: 2\n")
    found = at("HEAD", repository)
    assert files(found, "relations") == {"relations/a.yaml", "relations/deep/b ü.yaml"}
    assert found.read(repository / "relations" / "a.yaml") == b"a: 1\n"
    assert found.read(repository / "relations" / "deep" / "b ü.yaml") == b"b: 1\r\n"


def test_one_file_the_whole_tree_and_nothing_are_paths_as_well(repository: Path) -> None:
    found = at("HEAD", repository)
    assert files(found, "relations/a.yaml") == {"relations/a.yaml"}
    assert files(found) == {"relations/a.yaml", "relations/deep/b ü.yaml", "csv/rows.csv"}
    assert files(found, "relations/a") == files(found, "..") == set()


def test_a_path_beside_a_file_is_found_and_one_out_of_the_repository_is_not(repository: Path) -> None:
    found = at("HEAD", repository)
    beside = repository / "relations" / ".." / "csv" / "rows.csv"
    assert found.is_file(beside)
    assert not found.leaves(beside, beside.parent)
    assert found.leaves(repository / ".." / "rows.csv", repository)
    with pytest.raises(OSError, match="the commit does not have it"):
        found.read(repository / "nowhere.csv")


def test_the_same_content_is_known_without_asking(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = at("HEAD", repository)
    monkeypatch.setenv("PATH", "")
    path = repository / "relations" / "deep" / "b ü.yaml"
    assert found.same(path, b"b: 1\r\n")
    assert not found.same(path / "other", b"b: 1\r\n")


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:relations", ""])
def test_a_name_that_is_no_commit_is_told(repository: Path, ref: str) -> None:
    with pytest.raises(UsageError, match="there is no commit"):
        find_commit(ref, repository)


def test_outside_of_a_repository_there_is_no_commit_to_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="there is no commit"):
        find_commit("HEAD")


def test_attributes_leave_nothing_out_and_change_nothing(repository: Path) -> None:
    (repository / ".gitattributes").write_text("* export-ignore export-subst\n")
    (repository / "relations" / "a.yaml").write_text("a: $Format:%H$\n")
    save(repository)
    assert at("HEAD", repository).read(repository / "relations" / "a.yaml") == b"a: $Format:%H$\n"


def test_nothing_that_a_configuration_names_is_started(repository: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    base = save(repository)
    for key in (
        *("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv"),
        *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "alias.rev-parse"),
        *("alias.ls-tree", "tar.umask", "uploadpack.packObjectsHook", "credential.helper", "gpg.program"),
    ):
        run(repository, "config", key, f"touch '{canary}'; cat")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "fsmonitor-watchman", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{canary}'\n")
        (hooks / name).chmod(0o755)
    run(repository, "config", "core.hooksPath", str(hooks))
    assert commit(repository) == base
    found = at(base, repository)
    assert [found.read(each) for each in found.files(repository)]
    assert not canary.exists()


def test_an_object_that_is_missing_is_not_fetched_by_a_command_of_the_configuration(
    repository: Path, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    blob = run(repository, "rev-parse", "HEAD:relations/a.yaml")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    run(repository, "config", "remote.evil.url", str(repository))
    run(repository, "config", "remote.evil.uploadpack", f"touch '{canary}'; false")
    run(repository, "config", "remote.evil.promisor", "true")
    run(repository, "config", "extensions.partialClone", "evil")
    run(repository, "config", "protocol.allow", "always")
    run(repository, "config", "protocol.file.allow", "always")
    with pytest.raises(UsageError, match="cannot give the files") as caught:
        at("HEAD", repository).read(repository / "relations" / "a.yaml")
    assert not canary.exists()
    for way in ("git fetch --refetch --no-filter", "--base REF", "--no-base"):
        assert way in (caught.value.help or "")


def test_a_bare_repository_among_the_manifests_has_no_say(repository: Path, tmp_path: Path) -> None:
    canary, base = tmp_path / "canary", run(repository, "rev-parse", "HEAD")
    run(tmp_path, "init", "-q", "--bare", "evil.git")
    for each in (tmp_path / "evil.git").iterdir():
        each.rename(repository / "relations" / each.name)
    with (repository / "relations" / "config").open("a") as file:
        file.write(f"[core]\n\tfsmonitor = touch '{canary}'\n\tworktree = {tmp_path}\n")
    assert commit(repository / "relations") == base
    assert files(at("HEAD", repository), "relations/deep") == {"relations/deep/b ü.yaml"}
    assert not canary.exists()


def test_git_sees_no_secret(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\nenv >'{tmp_path}/seen'\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    for name in ("ZSYNC_REFRESH_TOKEN", "GH_TOKEN", "GIT_SSH_COMMAND", "GIT_DIR", "LD_PRELOAD_"):
        monkeypatch.setenv(name, "canary")
    commit(repository)
    assert "canary" not in (tmp_path / "seen").read_text()


def test_links_are_followed_within_the_commit_alone(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("canary")
    links = {
        "out.yaml": tmp_path / "secret.yaml",
        "up.yaml": Path("../../secret.yaml"),
        "loop.yaml": Path("loop.yaml"),
        "again.yaml": Path("a.yaml"),
        "folder": Path("../csv"),
    }
    for name, target in links.items():
        (repository / "relations" / name).symlink_to(target)
    save(repository)
    found, folder = at("HEAD", repository), repository / "relations"
    for name in ("out.yaml", "up.yaml", "loop.yaml"):
        assert not found.is_file(folder / name)
        assert found.leaves(folder / name, folder)
    assert found.read(folder / "again.yaml") == b"a: 1\n"
    assert found.real(folder / "again.yaml") == folder / "a.yaml"
    assert found.read(folder / "folder" / "rows.csv") == b"Email\n"
    assert "relations/again.yaml" in files(found)
    assert not {"relations/out.yaml", "relations/folder"} & files(found)


@pytest.mark.parametrize("name", ["../evil.yaml", "relations/../../evil.yaml"])
def test_a_name_that_leads_out_of_the_tree_is_refused(repository: Path, name: str) -> None:
    blob = run(repository, "rev-parse", "HEAD:relations/a.yaml")
    where = blob
    for part in reversed(name.split("/")):
        kind = "100644 blob" if where == blob else "40000 tree"
        mode = kind.split(maxsplit=1)[0].encode()
        raw = mode + b" " + part.encode() + b"\0" + bytes.fromhex(where)
        where = run(repository, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=raw)
    made = run(repository, "commit-tree", where, "-m", "x")
    with pytest.raises(UsageError, match="cannot give the files"):
        at(made, repository)


def test_a_submodule_is_left_out(repository: Path) -> None:
    head = run(repository, "rev-parse", "HEAD")
    run(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},relations/other")
    run(repository, "commit", "-q", "-m", "x")
    assert files(at("HEAD", repository), "relations") == {"relations/a.yaml", "relations/deep/b ü.yaml"}


def test_git_has_an_end(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", 60)

    monkeypatch.setattr("subprocess.run", late)
    assert commit(repository) == ""


def test_files_of_a_name_are_found_wherever_they_stand_and_however_it_is_spelled(repository: Path) -> None:
    (repository / "relations" / "deep" / "zsync.yaml").write_text("a: 1\n")
    (repository / "csv" / "ZSync.YAML").write_text("b: 1\n")
    (repository / "zsync.yaml").symlink_to("/etc/passwd")
    base = save(repository)
    (repository / "zsync.yaml").unlink()
    assert named(base, ["zsync.yaml"]) == {
        "csv/ZSync.YAML": b"b: 1\n",
        "relations/deep/zsync.yaml": b"a: 1\n",
        "zsync.yaml": b"/etc/passwd",
    }
    assert named(f"{base}^", ["zsync.yaml"]) == {}


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 6\n"


def test_a_file_in_git_lfs_is_its_content_where_that_was_fetched_and_else_the_pointer(
    repository: Path,
) -> None:
    content, path = b"Email\n", repository / "csv" / "rows.csv"
    oid = hashlib.sha256(content).hexdigest()
    pointer = POINTER % oid.encode()
    path.write_bytes(pointer)
    save(repository)
    assert at("HEAD", repository).read(path) == pointer
    assert at("HEAD", repository).same(path, content)
    assert not at("HEAD", repository).same(path, b"other")
    kept = repository / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    assert at("HEAD", repository).read(path) == content
    kept.write_bytes(b"forged")
    assert at("HEAD", repository).read(path) == pointer


def test_links_to_no_file_of_the_commit_are_told_apart(repository: Path) -> None:
    folder = repository / "relations"
    for name, target in (
        ("folder", "../relations"),
        ("out", "/etc"),
        ("gone", "nowhere"),
        ("fine.yaml", "a.yaml"),
    ):
        (folder / name).symlink_to(target)
    (repository / "elsewhere").symlink_to("relations")
    found = at(save(repository), repository)
    assert [link.name for link in found.loose_links(folder)] == ["folder", "gone", "out"]
    assert [link.name for link in found.loose_links(repository)] == ["elsewhere", "folder", "gone", "out"]
    assert [*found.loose_links(repository.parent)] == []
