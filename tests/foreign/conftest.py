"""The foreign CRM, beside which `run` starts."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.foreign.crm import SECRETS, Foreign
from tests.foreign.server import foreign

Write = Callable[[str, str], Path]


@pytest.fixture
def crm() -> Iterator[Foreign]:
    """An empty foreign CRM."""
    with foreign() as running:
        yield running


@pytest.fixture
def variables(crm: Foreign) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def secrets() -> tuple[str, ...]:
    """What no command may print."""
    return SECRETS


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("spring.yaml", text)` puts a manifest into `relations/`."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / "relations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return put
