"""What tests of every part share: golden files."""

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-golden` writes the golden files anew instead of comparing with them."""
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden files with what the tests got"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(path, text)` asserts that the file at `path` holds exactly `text`."""
    update = bool(request.config.getoption("--update-golden"))

    def check(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"{path} is missing: look at the output, then run pytest --update-golden"
        assert text == path.read_bytes().decode()

    return check
