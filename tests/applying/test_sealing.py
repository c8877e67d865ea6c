"""Keys of the seal: which one seals, which one reads, and that none gives its secret away."""

import re
import stat
from pathlib import Path

import pytest

from tests.applying.test_journal import MADE, NOON
from zsync.applying import journal, recall, shelf
from zsync.applying.sealing import Broken, Keys, derived
from zsync.errors import PlanRefused, ZsyncError


def sealed_with(folder: Path, keys: Keys) -> Path:
    """A journal that these keys sealed."""
    journal.start(folder, MADE, NOON, keys).close()
    return shelf.journals(folder)[-1]


@pytest.mark.parametrize(
    ("variable", "tokens", "kind"),
    [
        ("k", ("t",), "variable"),
        (" k\n", (), "variable"),
        ("", ("t",), "refresh-token"),
        (" \n", ("t",), "refresh-token"),
        ("", (), "machine"),
        ("", ("",), "machine"),
    ],
)
def test_the_key_is_the_variables_else_the_writing_tokens_else_the_machines(
    tmp_path: Path, variable: str, tokens: tuple[str, ...], kind: str
) -> None:
    keys = Keys(variable, tokens, tmp_path / "deep" / "journal.key")
    assert keys.to_seal().kind == kind
    assert (tmp_path / "deep").exists() == (kind == "machine")
    assert keys.to_seal() == keys.to_seal()


def test_space_around_the_variable_does_not_count(tmp_path: Path) -> None:
    assert Keys(" k\n", (), tmp_path).to_seal() == Keys("k", (), tmp_path).to_seal()


def test_a_key_shows_neither_its_secret_nor_itself(tmp_path: Path) -> None:
    key = derived("refresh-token", b"1000.canary")
    assert "canary" not in f"{key}{key.id}{Keys('canary', ('canary',), tmp_path)}"
    assert key.secret.hex()[:8] not in f"{key}"
    text = sealed_with(tmp_path, Keys("", ("1000.canary",), tmp_path / "k")).read_bytes()
    assert b"canary" not in text
    assert key.secret.hex().encode() not in text


def test_keys_of_one_secret_and_of_two_kinds_differ() -> None:
    one, other = derived("variable", b"same"), derived("refresh-token", b"same")
    assert (one.id == other.id, one.secret == other.secret) == (False, False)


@pytest.mark.parametrize(
    ("writer", "reader", "said"),
    [
        (("k", ()), ("", ()), "a ZSYNC_JOURNAL_KEY, and none is set here"),
        (("k", ()), ("l", ()), "another ZSYNC_JOURNAL_KEY"),
        (("k", ("t",)), ("", ("t",)), "a ZSYNC_JOURNAL_KEY, and none is set here"),
        (("", ("t",)), ("", ("u",)), "another refresh token"),
        (("", ("t",)), ("t", ()), "another refresh token"),
        (("", ()), ("k", ("t",)), "another machine"),
    ],
)
def test_a_journal_of_another_key_is_refused_with_what_to_set(
    tmp_path: Path, writer: tuple[str, tuple[str, ...]], reader: tuple[str, tuple[str, ...]], said: str
) -> None:
    path = sealed_with(tmp_path / "a", Keys(*writer, tmp_path / "here"))
    with pytest.raises(PlanRefused, match=said) as caught:
        recall.read(path, Keys(*reader, tmp_path / "there"))
    assert caught.value.exit_code == 6
    assert "zsync plan" in caught.value.help
    assert not (tmp_path / "there").exists()


def test_a_key_that_was_set_since_does_not_lock_out_what_the_token_sealed(tmp_path: Path) -> None:
    path = sealed_with(tmp_path, Keys("", ("t",), tmp_path / "k"))
    again = journal.reopen(recall.read(path, Keys("new", ("u", "t"), tmp_path / "k")))
    again.sending([1])
    again.close()
    assert recall.read(path, Keys("", ("t",), tmp_path / "k")).run.sent == {1}


def test_what_the_machines_key_sealed_is_read_with_it_though_other_keys_are_set_since(tmp_path: Path) -> None:
    path = sealed_with(tmp_path, Keys("", (), tmp_path / "k"))
    assert recall.read(path, Keys("new", ("t",), tmp_path / "k")).run.plan == MADE


def test_a_first_line_cannot_choose_a_weaker_key(tmp_path: Path) -> None:
    path = sealed_with(tmp_path, Keys("", ("t",), tmp_path / "k"))
    key = derived("machine", b"")
    text = (
        path.read_text().replace("refresh-token", key.kind).replace(derived("refresh-token", b"t").id, key.id)
    )
    path.write_text(text)
    with pytest.raises(PlanRefused):
        recall.read(path, Keys("", ("t", ""), tmp_path / "k"))


def test_the_machines_key_is_random_and_for_its_owner_alone(tmp_path: Path) -> None:
    one, other = (Keys("", (), tmp_path / name / "journal.key") for name in "ab")
    assert one.to_seal().secret != other.to_seal().secret
    assert re.fullmatch("[0-9a-f]{64}", one.machine.read_text())
    assert stat.S_IMODE(one.machine.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.machine.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_of_the_machine_is_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(ZsyncError, match="is damaged") as caught:
        Keys("", (), tmp_path / "k").to_seal()
    assert caught.value.help.startswith("Remove it")


def test_a_key_that_cannot_be_kept_or_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ZsyncError, match="no key for the journal can be kept") as caught:
        Keys("", (), tmp_path / "file" / "k").to_seal()
    assert caught.value.help.endswith("set ZSYNC_JOURNAL_KEY.")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ZsyncError, match="cannot be read") as caught:
        Keys("", (), tmp_path / "folder").to_seal()
    assert caught.value.help


def test_a_line_that_does_not_fit_says_which_it_is() -> None:
    assert (str(Broken(7)), Broken(7).line) == ("line 7 does not fit its seal", 7)
