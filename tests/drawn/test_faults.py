"""The drawn worlds find each of the faults that are planted for them."""

from pathlib import Path

import pytest

from tests.drawn.faults import FAULTS
from tests.faults.planting import ROOT, Fault, copy_tree, planted, run_tests


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree."""
    folder = tmp_path_factory.mktemp("tree")
    copy_tree(folder)
    return folder


@pytest.mark.nightly
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "_"))
def test_the_worlds_find_a_planted_fault(copy: Path, fault: Fault) -> None:
    with planted(fault, copy):
        done = run_tests(copy, [fault.test])
    assert done.returncode == 1, done.stdout


def test_every_fault_can_be_planted() -> None:
    found = {fault: (ROOT / fault.file).read_text("utf-8").count(fault.was) for fault in FAULTS}
    assert [f"{fault.file}: write anew: {fault.what}" for fault, count in found.items() if count != 1] == []
