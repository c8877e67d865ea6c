"""The reference says what the program says, all of it, in Markdown that is whole."""

import pytest

from tests.conftest import Golden
from tests.example import ROOT
from tests.reference import NOTE, PAGES, index, schemas

FOLDER = ROOT / ".github" / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_says_what_the_code_says(name: str, golden: Golden) -> None:
    golden(FOLDER / name, NOTE + PAGES[name]())
