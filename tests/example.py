"""The example that pages and pictures show: a plan of the demo's manifests, made and applied on the bundled CRM."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.program import in_process
from zsync.emulator import DEMO_WORLD, RunningCrm, running
from zsync.files.plan import dump_plan, dump_report, load_plan, load_report, seal
from zsync.model import Approval, BaseCommit, Binding, Plan, Report

ROOT = Path(__file__).resolve().parent.parent
NOW = "1803805200"
"""2027-02-28T09:00:00Z."""

_MAIN = "4f1c2ab09d3e57f6c8a1b4e2d7093f5a6b8c1d2e"
_OURS = ("ZSYNC_", "GITHUB_", "XDG_", "NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH")


@dataclass
class Desk:
    """A folder with the example manifests, and the CRM of the demo."""

    folder: Path
    crm: RunningCrm

    def environment(self) -> dict[str, str]:
        """The variables of a person who has this CRM, this folder, and no settings of their own but a key: tokens stay the same."""
        rest = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        own = {"XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_STATE_HOME": str(self.folder / "state")}
        fixed = {"SOURCE_DATE_EPOCH": NOW, "ZSYNC_REDACT_KEY": "the key of the example"}
        return {**rest, **self.crm.environment(), **own, **fixed}

    def zsync(self, *args: str, expected: int = 0) -> str:
        """What a command prints to stdout; it has to end with that exit code."""
        ended = in_process(args, env=self.environment(), folder=self.folder)
        assert ended.code == expected, ended.err
        return ended.out

    def plan(self, *args: str) -> Plan:
        """A plan, as it would be for an org at Zoho."""
        self.zsync("plan", *args, "-e", "demo", "--out", "plan.json")
        made = moved(load_plan((self.folder / "plan.json").read_text("utf-8")))
        (self.folder / "plan.json").write_text(dump_plan(made), "utf-8")
        return made

    def report(self) -> Report:
        """What becomes of the whole plan where the CRM refuses one row and a colleague was quicker at another."""
        self.zsync("plan", "-e", "demo", "--out", "own.json")
        campaign = "Campaigns/3652397000000500001/Leads"
        self.crm.link(campaign, {"id": "3652397000000300001", "Member_Status": "Opted Out"})
        self.crm.add_faults(
            [
                {
                    "on": f"PUT /{campaign}",
                    "times": "always",
                    "refuse": {"ids": ["3652397000000300006"], "code": "RECORD_LOCKED"},
                }
            ]
        )
        self.zsync("apply", "own.json", "--report", "report.json", expected=3)
        done = load_report((self.folder / "report.json").read_text("utf-8"))
        made = replace(
            done, plan=moved(done.plan), seconds=2.4, run="20270228T090000Z-5b1c0f2a", approval=Approval()
        )
        (self.folder / "report.json").write_text(dump_report(made), "utf-8")
        return made

    def show(self, name: str, form: str) -> str:
        """`plan.json` or `report.json` in a format, masked as it is by default."""
        return self.zsync("show", name, "--format", form)


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """Set it up in an empty folder."""
    shutil.copytree(ROOT / "relations", folder / "relations")
    with running(seed=DEMO_WORLD, clock=lambda: datetime.fromtimestamp(int(NOW), UTC)) as crm:
        yield Desk(folder, crm)


def moved(plan: Plan) -> Plan:
    """The plan as a pull request has it: with the address of a real server, and a commit that it was compared with.

    Both are the same in every run.
    """
    binding: Binding = replace(
        plan.binding,
        api_domain="https://sandbox.zohoapis.com",
        accounts_url="https://accounts.zoho.com",
        git_commit="",
        base=BaseCommit(_MAIN, plan.binding.configuration, "main"),
    )
    guarding = {name: getattr(plan, name) for name in ("facts", "verdicts", "overrides", "only")}
    return seal(binding, plan.summary, plan.changes, plan.requests, plan.cost, **guarding)
