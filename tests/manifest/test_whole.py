"""The manifests of a whole tree: those that were asked for, the others, and what could not be read."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zsync.errors import InputError
from zsync.kinds import KINDS
from zsync.manifest.whole import WholeTree, committed_files, load_committed, load_whole
from zsync.model import Diagnostic, ManagedList, Manifests

TEXT = """version: 1
parent: {{module: Campaigns, id: "{0}"}}
related_lists: {{Leads: {{records: [{{id: "{1}", Member_Status: Sent}}]}}}}
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders with a manifest each, one with a sheet."""
    monkeypatch.chdir(tmp_path)
    write("relations/north/a.yaml", TEXT.format(501, 301))
    write(
        "relations/south/b.yaml",
        TEXT.format(502, 302).replace("records: [", "from: {csv: ../c.csv}, records: ["),
    )
    write("relations/c.csv", "id,Member_Status\n303,Sent\n")


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def whole(*paths: str, folders: tuple[str, ...] = ("relations",)) -> WholeTree:
    return load_whole([*map(Path, paths)], [*map(Path, folders)], kinds=KINDS)


def ids(lists: tuple[ManagedList, ...]) -> list[tuple[str | None, bool]]:
    return [(managed.parent.id, managed.outside) for managed in lists]


def test_what_was_asked_for_is_told_from_the_rest() -> None:
    found = whole("relations/north").manifests
    assert (ids(found.lists), ids(found.outside)) == ([("501", False)], [("502", True)])
    assert found.files == ("relations/north/a.yaml",)
    assert (found.warnings, found.unread) == ((), ())
    assert ids(whole("relations").manifests.outside) == []


def test_the_digest_is_over_all_that_counted() -> None:
    digests = {whole("relations/north").manifests.digest}
    write("relations/c.csv", "id,Member_Status\n304,Sent\n")
    digests.add(whole("relations/north").manifests.digest)
    write("relations/south/b.yaml", TEXT.format(503, 302))
    digests.add(whole("relations/north").manifests.digest)
    write("elsewhere.yaml", TEXT.format(504, 302))
    digests.add(whole("relations/north").manifests.digest)
    assert len(digests) == 3


def test_errors_outside_are_told_once_for_each_file_and_inside_they_are_errors() -> None:
    write("relations/south/b.yaml", "version: 2\nunknown: 1\n")
    (unread,) = whole("relations/north").manifests.unread
    assert str(unread.message) == (
        "`relations/south/b.yaml`, outside of the paths that were given, has 4 errors, the first of them: [missing-key]"
    )
    assert (unread.severity, str(unread.help)) == ("error", "Fix it: zsync validate relations/south/b.yaml")
    with pytest.raises(InputError):
        whole("relations/south")


def test_warnings_of_others_are_theirs() -> None:
    write("relations/south/again.yaml", TEXT.format(502, 302))
    assert whole("relations/north").manifests.warnings == ()
    assert [each.code for each in whole("relations").manifests.warnings] == ["repeated-row"]


@pytest.mark.parametrize("path", ["relations", "relations/north"])
def test_of_an_empty_file_nobody_knows_what_it_declared(path: str) -> None:
    write("relations/south/empty.yaml", "# nothing\n")
    manifests = whole(path).manifests
    assert [(each.code, each.severity) for each in manifests.unread] == [("empty-file", "error")]
    assert manifests.warnings == ()


def test_around_a_path_manifests_count_and_files_of_other_programs_do_not() -> None:
    write("compose.yaml", "services: {}\n")
    os.mkfifo("pipe.yaml")
    found = load_whole([Path("relations/north")], [], [Path()], kinds=KINDS).manifests
    assert ids(found.outside) == [("502", True)]
    assert found.unread == ()
    base = commit()
    base.kept["compose.yaml"] = b"services: {}\n"
    now = whole("relations/north", folders=())
    lists = load_committed(base, [], [Path.cwd()], lambda file: "north" in file.parts, now)
    assert sorted(ids(lists)) == [("501", False), ("502", True)]


def test_a_path_without_manifests_is_told_apart_from_an_error() -> None:
    Path("relations/empty").mkdir()
    found = whole("relations/empty", "relations/gone", "relations/north")
    assert {path.as_posix(): each.code for path, each in found.missing.items()} == {
        "relations/empty": "no-manifest",
        "relations/gone": "no-manifest",
    }
    assert ids(found.manifests.lists) == [("501", False)]


@dataclass
class Commit:
    """Files of a commit, in memory."""

    kept: dict[str, bytes]
    read_files: list[str] = field(default_factory=list)
    links: tuple[str, ...] = ()

    def name(self, path: Path) -> str:
        return os.path.relpath(path)

    def files(self, folder: Path) -> Iterator[Path]:
        for name in sorted(self.kept):
            path = Path.cwd() / name
            if path == folder or path.is_relative_to(folder):
                yield path

    def loose_links(self, folder: Path) -> Iterator[Path]:  # noqa: ARG002  the protocol's
        yield from (Path.cwd() / link for link in self.links)

    def real(self, path: Path) -> Path:
        return path

    def is_file(self, path: Path) -> bool:
        return self.name(path) in self.kept

    def leaves(self, path: Path, start: Path) -> bool:  # noqa: ARG002  the protocol's
        return self.name(path).startswith("..")

    def read(self, path: Path) -> bytes:
        self.read_files.append(self.name(path))
        return self.kept[self.name(path)]

    def fetch(self, paths: Iterable[Path]) -> None:
        pass

    def same(self, path: Path, content: bytes) -> bool:
        return self.kept.get(self.name(path)) == content


def commit() -> Commit:
    """A commit of all there is."""
    return Commit(
        {each.as_posix(): each.read_bytes() for each in Path("relations").rglob("*.*") if each.is_file()}
    )


def agreed(base: Commit, *paths: str) -> tuple[ManagedList, ...]:
    now = whole(*paths)
    inside = [Path.cwd() / path for path in paths]
    return load_committed(
        base,
        [Path.cwd() / "relations"],
        [],
        lambda file: any(file.is_relative_to(each) for each in inside),
        now,
    )


def test_what_is_as_the_commit_has_it_is_not_read_again() -> None:
    base = commit()
    assert sorted(ids(agreed(base, "relations/north"))) == [("501", False), ("502", True)]
    assert base.read_files == []
    write("relations/c.csv", "id,Member_Status\n309,Sent\n")
    lists = agreed(base, "relations/north")
    assert base.read_files == ["relations/south/b.yaml", "relations/c.csv"]
    assert {row.key[0] for managed in lists for row in managed.records} == {"301", "302", "303"}


def test_what_the_commit_has_besides_is_read_from_it() -> None:
    base = commit()
    Path("relations/north/a.yaml").unlink()
    write("relations/north/new.yaml", TEXT.format(509, 301))
    assert sorted(ids(agreed(base, "relations/north"))) == [("501", False), ("502", True)]
    assert base.read_files == ["relations/north/a.yaml"]


def test_hidden_files_configurations_and_other_endings_of_a_commit_are_no_manifests() -> None:
    for name in (".hidden/a.yaml", ".a.yaml", "zsync.yaml", "a.YAML", "a.txt"):
        write(f"relations/{name}", "version: 2\n")
    found = committed_files(commit(), [Path.cwd() / "relations"])
    assert [path.name for path in found] == ["a.yaml", "b.yaml"]


def test_an_error_of_the_commit_is_one_of_its_own_files() -> None:
    base = commit()
    base.kept["relations/south/b.yaml"] = b"version: 2\n"
    with pytest.raises(InputError) as caught:
        agreed(base, "relations/north")
    assert {each.span.file for each in caught.value.diagnostics if each.span} == {"relations/south/b.yaml"}


def test_a_contradiction_between_what_is_kept_and_what_is_read_is_found() -> None:
    base = commit()
    base.kept["relations/south/b.yaml"] = TEXT.format(501, 301).replace("Sent", "Opened").encode()
    with pytest.raises(InputError) as caught:
        agreed(base, "relations/north")
    assert [each.code for each in caught.value.diagnostics] == ["contradicting-rows"]


def test_of_a_commit_what_is_passed_over_and_what_is_empty_is_told_where_it_is_asked_for() -> None:
    base = commit()
    base.links = ("relations/linked", "relations/.hidden/linked")
    base.kept |= {
        "relations/south/c.YAML": b"x",
        "relations/south/d.json": TEXT.encode(),
        "relations/south/.e.yaml~": TEXT.encode(),
        "relations/north/a.yaml~": TEXT.encode(),
        "relations/north/empty.yaml": b"# nothing\n",
    }
    unread: list[Diagnostic] = []
    nothing = WholeTree(Manifests((), (), ""), {}, KINDS, {}, {}, {})
    load_committed(base, [Path.cwd() / "relations"], [], lambda _: True, nothing, unread)
    assert sorted((each.code, each.severity, str(each.message).split("`")[1:2]) for each in unread) == [
        ("empty-file", "error", []),
        ("unreadable-file", "error", ["relations/linked"]),
        ("unreadable-file", "error", ["relations/south/c.YAML"]),
        ("unreadable-file", "error", ["relations/south/d.json"]),
    ]
