"""A plugin of pytest: the same examples each time, so that a mutant that died yesterday dies today."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.laws import EXAMPLES, MUTANTS


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Behind every conftest: no chance, no clock, no search for the smallest example."""
    settings.register_profile(
        MUTANTS,
        database=None,
        deadline=None,
        derandomize=True,
        max_examples=EXAMPLES[MUTANTS],
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(MUTANTS)
