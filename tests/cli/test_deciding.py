"""The questions of `zsync accept -i` before a CRM whose texts are hostile."""

import click
import pytest

from tests.foreign.crm import Foreign
from tests.program import Run

EVIL = "\x1b[2J\u202e evil"


@pytest.mark.parametrize("key", ["w", "c"])
def test_what_the_crm_says_cannot_speak_to_the_terminal(
    run: Run, spring: Foreign, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    spring.add("Leads", "11", Email="ana@acme.example", Modified_By={"name": EVIL, "id": "1"})
    spring.link("Campaigns", "50", "Leads", "11", Member_Status=EVIL)
    keys = [key, "s", "s", "s"]
    monkeypatch.setattr(click, "prompt", lambda *_, **__: keys.pop(0))
    monkeypatch.setattr(click, "confirm", lambda *_, **__: False)
    said = run("accept", "--no-base", "-i", asked=True)
    assert said.code in (0, 130)
    assert "evil" in said.err
    assert not {"\x1b", "\u202e"} & set(said.err + said.out)


def test_what_the_crm_holds_is_written_as_text_and_read_back_as_it_was(run: Run, spring: Foreign) -> None:
    spring.link("Campaigns", "50", "Leads", "11", Member_Status=EVIL)
    said = run("accept", "--no-base")
    assert not {"\x1b", "\u202e"} & set(said.err + said.out)
    assert "Nothing to do" in run("plan", "--no-base").out
