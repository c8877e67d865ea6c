"""Every code of Zoho's pages has a page of its own: what it means, whose fault it is, what to do."""

import pytest

from zsync.codes import CODES, OAUTH, advice, find_code
from zsync.emulator.errors import DOCUMENTED
from zsync.errors import EXITS
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.pages import ONLINE, page

PAGE = [
    ("INVALID_MODULE", 4),
    ("INVALID_URL_PATTERN", 1),
    ("OAUTH_SCOPE_MISMATCH", 8),
    ("NO_PERMISSION", 8),
    ("INTERNAL_ERROR", 1),
    ("INVALID_REQUEST_METHOD", 1),
    ("AUTHORIZATION_FAILED", 8),
    ("INVALID_DATA", 4),
    ("MANDATORY_NOT_FOUND", 4),
    ("INVALID_TOKEN", 8),
    ("TOO_MANY_REQUESTS", 8),
]
"""The possible errors of *Update Related Records*, and the two that every call may meet; with their exit codes."""


@pytest.mark.parametrize(("code", "exit_code"), PAGE)
def test_zohos_errors_end_with_the_exit_code_of_whose_fault_they_are(code: str, exit_code: int) -> None:
    assert find_code(code).exit_code == exit_code


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_page_says_meaning_fault_and_the_next_step(code: str) -> None:
    one = CODES[code]
    assert one.exit_code in EXITS
    assert one.meaning.endswith(".")
    assert one.advice.endswith((".", ":"))
    for part in (code, one.meaning, one.fault, one.advice):
        assert part in page(code)


def test_invalid_data_is_advised_by_what_it_is_about() -> None:
    texts = {advice("INVALID_DATA", index) for index in (None, 0, 1, 2, 3)}
    assert len(texts) == 4
    assert "parent" in advice("INVALID_DATA", 1)
    assert "layout" in advice("INVALID_DATA", 2)
    assert "row's key" in advice("INVALID_DATA", 3)


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_every_code_that_the_bundled_crm_knows_is_explained(code: str) -> None:
    assert code in page(code)
    assert code in CODES
    assert "PERMISSION_DENIED" in CODES


def test_a_code_without_a_page_is_answered_all_the_same() -> None:
    assert find_code("BRAND_NEW").exit_code == 1
    assert find_code("BRAND_NEW").advice


@pytest.mark.parametrize("error", sorted(OAUTH))
def test_an_error_of_the_accounts_server_is_explained(error: str) -> None:
    assert OAUTH[error] in page(error)


def test_no_diagnostic_is_explained_twice() -> None:
    assert EXPLANATIONS.keys() & ONLINE.keys() == set()


@pytest.mark.parametrize("code", sorted({*EXPLANATIONS, *ONLINE}))
def test_every_diagnostic_has_a_page(code: str) -> None:
    assert len(page(code).splitlines()[-1]) > 20
