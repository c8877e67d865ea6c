"""Every fault of the table is caught by the test that the table names."""

from pathlib import Path

import pytest

from tests.faults.planting import ROOT, Fault, copy_tree, planted, run_tests
from tests.faults.table import FAULTS


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which all tests of the table pass: what fails there later fails by the fault."""
    folder = tmp_path_factory.mktemp("tree")
    copy_tree(folder)
    done = run_tests(folder, dict.fromkeys(fault.test for fault in FAULTS))
    assert done.returncode == 0, done.stdout
    return folder


@pytest.mark.nightly
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "_"))
def test_a_planted_fault_is_caught_by_a_test_of_its_room(copy: Path, fault: Fault) -> None:
    with planted(fault, copy):
        done = run_tests(copy, [fault.test])
    assert done.returncode == 1, done.stdout


def test_the_test_of_a_fault_stands_in_the_room_of_the_fault() -> None:
    for fault in FAULTS:
        room = fault.file.removeprefix("zsync/").split("/")[0].removesuffix(".py")
        assert fault.test.startswith((f"tests/{room}/", f"tests/test_{room}.py::")), fault
        assert (ROOT / fault.test.partition("::")[0]).is_file()


def test_every_fault_can_be_planted() -> None:
    found = {fault: (ROOT / fault.file).read_text("utf-8").count(fault.was) for fault in FAULTS}
    assert [f"{fault.file}: write anew: {fault.what}" for fault, count in found.items() if count != 1] == []
