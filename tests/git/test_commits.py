"""What Git knows about the manifests, whatever a tree or a configuration says."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from zsync.errors import UsageError
from zsync.git import commit, export, named

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


def files(folder: Path) -> set[str]:
    """What stands below a folder."""
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*") if not each.is_dir()}


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


def test_the_files_of_a_commit_are_put_where_they_stand(repository: Path, tmp_path: Path) -> None:
    (repository / "relations" / "a.yaml").write_text("a: 2\n")
    into = tmp_path / "into"
    assert export("HEAD", [Path("relations"), Path("new")], into) == (into / "relations",)
    assert files(into) == {"relations/a.yaml", "relations/deep/b ü.yaml"}
    assert (into / "relations" / "a.yaml").read_text() == "a: 1\n"
    assert (into / "relations" / "deep" / "b ü.yaml").read_bytes() == b"b: 1\r\n"
    assert stat.S_IMODE((into / "relations" / "a.yaml").stat().st_mode) == 0o600


def test_a_path_beside_the_current_folder_is_found(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "relations")
    into = tmp_path / "into"
    assert export("HEAD", [Path("deep"), Path("../csv")], into) == (into / "deep", into / "csv")
    assert files(into) == {"deep/b ü.yaml", "csv/rows.csv"}


def test_one_file_and_the_whole_tree_are_paths_as_well(repository: Path, tmp_path: Path) -> None:
    assert files(*export("HEAD", [Path("relations/a.yaml")], tmp_path / "1")) == set()
    assert files(tmp_path / "1") == {"relations/a.yaml"}
    export("HEAD", [Path()], tmp_path / "2")
    assert files(tmp_path / "2") == {"relations/a.yaml", "relations/deep/b ü.yaml", "csv/rows.csv"}


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:relations", ""])
def test_a_name_that_is_no_commit_is_told(repository: Path, tmp_path: Path, ref: str) -> None:
    with pytest.raises(UsageError, match="there is no commit"):
        export(ref, [Path("relations")], tmp_path / "into")


def test_outside_of_a_repository_there_is_no_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="there is no commit"):
        export("HEAD", [Path()], tmp_path / "into")


def test_attributes_leave_nothing_out_and_change_nothing(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("* export-ignore export-subst\n")
    (repository / "relations" / "a.yaml").write_text("a: $Format:%H$\n")
    save(repository)
    export("HEAD", [Path("relations")], tmp_path / "into")
    assert (tmp_path / "into" / "relations" / "a.yaml").read_bytes() == b"a: $Format:%H$\n"


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
    assert export(base, [Path("relations")], tmp_path / "into")
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
    with pytest.raises(UsageError, match="cannot give the files"):
        export("HEAD", [Path("relations")], tmp_path / "into")
    assert not canary.exists()


def test_a_bare_repository_among_the_manifests_has_no_say(repository: Path, tmp_path: Path) -> None:
    canary, base = tmp_path / "canary", run(repository, "rev-parse", "HEAD")
    run(tmp_path, "init", "-q", "--bare", "evil.git")
    for each in (tmp_path / "evil.git").iterdir():
        each.rename(repository / "relations" / each.name)
    with (repository / "relations" / "config").open("a") as file:
        file.write(f"[core]\n\tfsmonitor = touch '{canary}'\n\tworktree = {tmp_path}\n")
    assert commit(repository / "relations") == base
    assert files(*export("HEAD", [Path("relations/deep")], tmp_path / "into")) == {"b ü.yaml"}
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


def test_a_link_is_kept_as_one_and_nothing_is_written_through_it(repository: Path, tmp_path: Path) -> None:
    (repository / "relations" / "out.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    save(repository)
    export("HEAD", [Path("relations")], tmp_path / "into")
    assert (tmp_path / "into" / "relations" / "out.yaml").is_symlink()
    assert not (tmp_path / "elsewhere.yaml").exists()


@pytest.mark.parametrize("name", ["../evil.yaml", "relations/../../evil.yaml"])
def test_a_name_that_leads_out_of_the_tree_is_refused(repository: Path, tmp_path: Path, name: str) -> None:
    blob = run(repository, "rev-parse", "HEAD:relations/a.yaml")
    where = blob
    for part in reversed(name.split("/")):
        kind = "100644 blob" if where == blob else "40000 tree"
        mode = kind.split(maxsplit=1)[0].encode()
        raw = mode + b" " + part.encode() + b"\0" + bytes.fromhex(where)
        where = run(repository, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=raw)
    made = run(repository, "commit-tree", where, "-m", "x")
    with pytest.raises(UsageError, match="cannot give the files"):
        export(made, [Path()], tmp_path / "deep" / "into")
    assert not list(tmp_path.rglob("evil.yaml"))


def test_a_submodule_is_left_out(repository: Path, tmp_path: Path) -> None:
    head = run(repository, "rev-parse", "HEAD")
    run(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},relations/other")
    run(repository, "commit", "-q", "-m", "x")
    export("HEAD", [Path("relations")], tmp_path / "into")
    assert files(tmp_path / "into") == {"relations/a.yaml", "relations/deep/b ü.yaml"}


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
