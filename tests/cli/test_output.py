"""The one way out: files before the terminal, each of them tried, and colours as asked for to the last line."""

from pathlib import Path

import pytest

from tests.foreign.crm import Foreign
from tests.program import Run
from tests.render.plans import mixed
from zsync.cli.formats import Formats
from zsync.cli.output import Output
from zsync.cli.terminal import Terminal
from zsync.errors import InputError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


FORMATS = Formats((("text", None), ("json", Path("a.json")), ("html", Path("a.html"))))


def test_all_files_are_there_before_anything_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Terminal, text: str) -> None:
        raise OSError(28, "No space left on device", text)

    monkeypatch.setattr(Terminal, "result", broken)
    with pytest.raises(OSError, match="No space"):
        Output("plan", FORMATS).deliver(mixed(), to=Path("plan.json"))
    assert {path.name for path in Path().iterdir()} == {"plan.json", "a.json", "a.html"}


def test_a_file_that_cannot_be_written_keeps_no_other_from_it_nor_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.json").mkdir()
    with pytest.raises(InputError) as caught:
        Output("plan", FORMATS).deliver(mixed(), to=Path("no/plan.json"))
    messages = [str(each.message) for each in caught.value.diagnostics]
    assert messages == [
        "cannot write no/plan.json: there is no folder no",
        "cannot write a.json: it is a folder",
    ]
    assert Path("a.html").is_file()
    assert capsys.readouterr().out.startswith("zsync plan")


def test_a_failure_to_save_is_not_told_in_place_of_the_result(tmp_path: Path) -> None:
    output = Output("plan", Formats((("markdown", Path("a.md")),)))
    with pytest.raises(InputError) as caught:
        output.deliver(mixed(), to=Path("no/plan.json"))
    before = Path("a.md").read_text("utf-8")
    output.explain_failure(caught.value)
    assert Path("a.md").read_text("utf-8") == before


@pytest.mark.parametrize(("color", "painted"), [("always", True), ("never", False)])
@pytest.mark.parametrize("wrong", [("-e", "nowhere"), ("nowhere",)], ids=" ".join)
def test_an_error_that_ends_a_command_obeys_color(
    spring: Foreign, run: Run, color: str, painted: bool, wrong: tuple[str, ...]
) -> None:
    said = run("plan", *wrong, "--color", color)
    assert said.code in (4, 64)
    assert ("\x1b[" in said.err) == painted
