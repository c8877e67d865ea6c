"""What a command's work comes to is handed on as it is."""

import pytest

from zsync.cli.session import run
from zsync.errors import UsageError


class Long:
    """Something that takes long to be written out."""

    written = 0

    def __repr__(self) -> str:
        type(self).written += 1
        return "long"


def test_a_result_is_not_written_out_on_its_way() -> None:
    made = Long()

    async def work() -> Long:
        return made

    assert run(work()) is made
    assert Long.written == 0


def test_a_failure_is_raised_as_itself() -> None:
    async def work() -> None:
        raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        run(work())
