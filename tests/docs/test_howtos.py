"""Every how-to does what it says: its commands are run as they stand, and what it shows is what they print."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.story import Block, Story, blocks
from tests.example import ROOT, desk

DOCS = ROOT / ".github" / "docs"
PAGES = {page.name: blocks(page.read_text("utf-8")) for page in sorted(DOCS.glob("*.md"))}
TRIED = {name: page for name, page in PAGES.items() if any(block.kind == "run" for block in page)}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A folder with the example manifests, beside the demo's CRM."""
    with desk(tmp_path) as here:
        told = Story(here)
        yield told
        for server in told.servers:
            server.terminate()
            server.communicate()


@pytest.mark.parametrize("name", TRIED)
def test_a_how_to_does_what_it_says(name: str, story: Story) -> None:
    if any("curl " in block.code for block in TRIED[name]) and not shutil.which("curl"):
        pytest.skip("there is no curl here, which this page uses")
    story.tell(TRIED[name])


def test_a_command_that_ends_otherwise_than_the_page_says_is_found(story: Story) -> None:
    with pytest.raises(AssertionError):
        story.tell([Block("run", "4", "zsync validate\n")])


def test_a_line_that_is_not_printed_is_found(story: Story) -> None:
    with pytest.raises(AssertionError, match="is not in"):
        story.tell([Block("run", "", "zsync --version\n"), Block("shows", "", "zsync 99\n")])
