"""Runs as their journals tell them."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.worlds import NOW, settings
from zsync.applying import applier, journal, recall
from zsync.applying.sealing import Keys
from zsync.crm import connect
from zsync.emulator import RunningCrm
from zsync.files.plan import timestamp
from zsync.model import Plan, Run


def carried_out(crm: RunningCrm, made: Plan) -> Run:
    """The journal of a run of this plan."""

    async def work(log: journal.Journal) -> None:
        async with connect(settings(crm)) as door:
            await applier.apply(made, door, log)

    keys = Keys("a key", (), Path("none"))
    with TemporaryDirectory() as folder:
        log = journal.start(Path(folder), made, timestamp(NOW), keys)
        asyncio.run(work(log))
        log.end(None)
        log.close()
        (path,) = Path(folder).rglob("*.jsonl")
        return recall.read(path, keys).run
