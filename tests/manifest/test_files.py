"""Which files are read as manifests, and which are an error at once."""

import os
from pathlib import Path

import pytest

from zsync.bounds import MANIFEST
from zsync.errors import InputError
from zsync.manifest import load
from zsync.model import Diagnostic

TEXT = """version: 1
parent: {module: Campaigns, id: "50"}
related_lists: {Leads: {records: [{id: "11", Member_Status: Sent}]}}
"""
WITH_CSV = TEXT.replace("records: [", "from: {csv: rows.csv}, records: [")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is a repository with one manifest; a secret lies beside it."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "relations").mkdir()
    (tmp_path / "repo" / "relations" / "fine.yaml").write_text(TEXT)
    (tmp_path / "secret.yaml").write_text("token: canary\n")
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"


def found(path: str = "relations") -> list[str]:
    """What is wrong with the manifests, a line each."""
    with pytest.raises(InputError) as caught:
        load([Path(path)])
    return [f"{one.code}: {one.message} {_place(one)}".strip() for one in caught.value.diagnostics]


def _place(one: Diagnostic) -> str:
    return one.span.file if one.span else ""


@pytest.mark.parametrize("name", ["relations", "relations/pipe.yaml"])
def test_a_pipe_is_not_waited_for(name: str) -> None:
    os.mkfifo("relations/pipe.yaml")
    message = "unreadable-file: the file cannot be read: it is a pipe, not a file relations/pipe.yaml"
    assert found(name) == [message]


@pytest.mark.parametrize("name", ["relations", "relations/loop.yaml"])
def test_a_file_that_is_linked_to_itself_is_an_error(name: str) -> None:
    Path("relations/loop.yaml").symlink_to("loop.yaml")
    assert len(found(name)) == 1


@pytest.mark.parametrize("leads_to", ["/dev/zero", "../../secret.yaml", "/etc/hostname"])
@pytest.mark.parametrize("name", ["relations", "relations/link.yaml"])
def test_a_link_out_of_the_repository_is_not_read(leads_to: str, name: str) -> None:
    Path("relations/link.yaml").symlink_to(leads_to)
    message = "unreadable-file: `relations/link.yaml` is a link that leads out of the repository"
    assert found(name) == [message]


def test_a_linked_folder_out_of_the_repository_is_not_read() -> None:
    Path("linked").symlink_to("..")
    assert found("linked/secret.yaml") == [
        "unreadable-file: `linked/secret.yaml` is a link that leads out of the repository"
    ]
    assert all("canary" not in line for line in found("linked"))


@pytest.mark.parametrize(
    "name", ["m.json", "m.yaml~", "m.yaml.off", "m.yml ", "m.Yaml.txt", "m.YML", "zsync.yml"]
)
def test_a_manifest_that_nothing_reads_is_told(name: str) -> None:
    Path("relations", name).write_text(TEXT)
    (warning,) = load([Path("relations")]).warnings
    assert str(warning.message).startswith(f"`relations/{name}` is read by nothing: ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fine.yaml~", TEXT),
        ("fine.yaml.orig", TEXT),
        ("fine.json", TEXT),
        (".m.yaml.swp", TEXT),
        ("notes.txt", TEXT),
        ("schema.json", '{"$schema": "https://json-schema.org/", "related_lists": {}}'),
        ("package.json", "{}"),
        ("compose.yaml.j2", "services: {}"),
    ],
)
def test_what_is_a_copy_or_no_manifest_is_not_told(name: str, content: str) -> None:
    Path("relations", name).write_text(content)
    assert load([Path("relations")]).warnings == ()


def test_a_link_within_the_repository_is_read_once() -> None:
    Path("relations/again.yaml").symlink_to("fine.yaml")
    Path("other").mkdir()
    Path("other/more.yaml").write_text(TEXT.replace('"50"', '"51"'))
    Path("relations/more.yaml").symlink_to("../other/more.yaml")
    assert load([Path("relations")]).files == ("relations/again.yaml", "relations/more.yaml")


def test_a_device_that_is_named_is_an_error() -> None:
    assert found("/dev/zero") == [
        "unreadable-file: the file cannot be read: it is a device, not a file /dev/zero"
    ]


@pytest.mark.parametrize("name", ["big.yaml", "rows.csv"])
def test_a_file_beyond_the_limit_is_an_error(name: str) -> None:
    Path("relations/fine.yaml").write_text(WITH_CSV)
    Path("relations/rows.csv").write_text("id,Member_Status\n")
    path = Path("relations", name)
    path.touch()
    os.truncate(path, MANIFEST.most + 1)
    assert found() == [
        f"unreadable-file: the file cannot be read: it is larger than 128 MiB relations/{name}"
    ]


@pytest.mark.parametrize("beside", [(), ("zsync.yml",), ("zsync.yaml", "spring.YAML")])
def test_a_folder_without_manifests_is_an_error(beside: tuple[str, ...]) -> None:
    Path("empty").mkdir()
    for name in beside:
        Path("empty", name).touch()
    assert found("empty")[0] == "no-manifest: no manifest in the folder `empty`"


def test_one_that_holds_the_settings_alone_is_not() -> None:
    Path("empty").mkdir()
    Path("empty/zsync.yaml").touch()
    assert load([Path("empty")]).files == ()
