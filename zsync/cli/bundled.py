"""The bundled CRM of `zsync init --emulator`: kept outside of the repository, so that the next commands still find it."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class KeptCrm(NamedTuple):
    """The bundled CRM as it is kept: its data file, a file of the variables that point zsync at it, and its port."""

    data: Path
    variables: Path
    port: int

    @property
    def again(self) -> tuple[str, str]:
        """The commands that start it again, and that plan with it."""
        start = shlex.join(["zsync", "emulator", "--data", str(self.data), "--port", str(self.port)])
        return start, f". {shlex.quote(str(self.variables))} && zsync plan"


@contextmanager
def bundled_crm() -> Iterator[KeptCrm | None]:
    """The bundled CRM, which answers for as long as the block lasts; None where the variables lead to one on this machine.

    Within the block the environment's variables are its own. Raises `UsageError` where it is not installed, and `InputError` where
    its data file cannot be used.
    """
    from urllib.parse import urlsplit

    from zsync.cli.emulator import check_installed
    from zsync.errors import InputError
    from zsync.files.writing import write_file
    from zsync.hosts import is_local
    from zsync.model import Diagnostic

    check_installed()
    if is_local(os.environ.get("ZSYNC_ACCOUNTS_URL", "")):
        yield None
        return
    from zsync.emulator import SeedError, running

    data = _data()
    try:
        with running(data=data, control=False) as crm, _variables(crm.environment()):
            kept = KeptCrm(data, data.with_suffix(".env"), urlsplit(crm.url).port or 0)
            exports = "".join(
                f"export {name}={shlex.quote(value)}\n" for name, value in crm.environment().items()
            )
            write_file(kept.variables, exports)
            yield kept
    except SeedError as error:
        raise InputError((Diagnostic("bad-seed", str(error), help=f"Remove it: {data}"),)) from None


def _data() -> Path:
    """The data file of this folder's CRM, made with the world of the examples where there is none. Raises `InputError`."""
    from zsync.cli.state import shelf_here
    from zsync.emulator import DEMO_WORLD, running
    from zsync.files.writing import cannot_write, make_folder, write_file

    data = shelf_here().folder / "bundled" / "crm.sqlite"
    if data.exists():
        return data
    try:
        make_folder(data.parent)
        # Elsewhere at first: whoever finds it in its place finds it whole.
        made = data.with_name(f".{os.getpid()}.sqlite")
        made.unlink(missing_ok=True)
        with running(DEMO_WORLD, data=made, control=False):
            pass
        write_file(data, made.read_bytes())
        made.unlink()
    except OSError as error:
        raise cannot_write(data, error.strerror or str(error)) from None
    return data


@contextmanager
def _variables(own: Mapping[str, str]) -> Iterator[None]:
    """Only these variables of a connection, instead of those that are set: no other org may be meant."""
    from zsync.crm.access import connecting

    before = dict(os.environ)
    for name in connecting(before):
        del os.environ[name]
    os.environ.update(own)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
