"""Three campaigns of two leads each, manifests that change both, and what was written when they are applied."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.program import in_process, surroundings
from zsync.applying.shelf import journals, shelf
from zsync.emulator import RunningCrm, running

CAMPAIGNS = ("501", "502", "503")
LEADS = {"501": ("301", "302"), "502": ("303", "304"), "503": ("305", "306")}
MIXED = ("delete", "update", "create")

SEED: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": one, "Campaign_Name": f"Campaign {one}"} for one in CAMPAIGNS],
        "Leads": [{"id": str(n), "Last_Name": f"Lead {n}"} for n in range(301, 307)],
    }
}
Rows = set[tuple[str, str, str, str]]
"""What was written: method, path of the list, record, status."""


def patches() -> Iterator[Any]:
    """A list that lags is waited for a tenth of a second: nothing else differs from the command as tests start it."""
    yield patch("zsync.applying.settling.LAGS", (0.06, 0.1))


class World:
    """A bundled CRM, and a folder for each action with manifests and a plan."""

    def __init__(self, crm: RunningCrm, home: Path) -> None:
        self.crm = crm
        self.home = home
        self.environment = surroundings(home, **crm.environment())

    def begin(self, actions: tuple[str, str, str]) -> Path:
        """The CRM as it was before, nothing seen, no faults, no runs; gives the folder with `plan.json`."""
        crm = self.crm
        crm.clear_faults()
        crm.switch(read_after_write_lag_ms=0)
        for campaign, action in zip(CAMPAIGNS, actions, strict=True):
            path = f"Campaigns/{campaign}/Leads"
            for lead in crm.rows(path):
                crm.delink(path, lead)
            if action != "create":
                status = "Planned" if action == "update" else "Sent"
                crm.link(path, *({"id": lead, "Member_Status": status} for lead in LEADS[campaign]))
        folder = self.home / "-".join(actions)
        if not folder.exists():
            write_manifests(folder, actions)
            assert self.zsync(folder, "plan", "--out", "plan.json") == 0
        for one in (folder / ".zsync").rglob("*.jsonl"):
            one.unlink()
        crm.requests.clear()
        return folder

    def zsync(self, folder: Path, *args: str) -> int:
        """The exit code of a command in this process; what it says is in `said`."""
        with ExitStack() as stack:
            for one in patches():
                stack.enter_context(one)
            ended = in_process(args, env=self.environment, folder=folder)
        self.said = ended.out + ended.err
        assert "bug in zsync" not in self.said, self.said
        return ended.code

    def journals(self, folder: Path) -> list[Path]:
        """Those of the runs in a folder."""
        state = Path(self.environment["XDG_STATE_HOME"]) / "zsync"
        return journals(*shelf(state, folder).environments())

    def right(self, actions: tuple[str, str, str]) -> bool:
        """Whether the CRM holds what the manifests say."""
        return all(
            self.crm.rows(f"Campaigns/{campaign}/Leads").keys()
            == (set() if action == "delete" else set(LEADS[campaign]))
            and all(
                fields["Member_Status"] == "Sent"
                for fields in self.crm.rows(f"Campaigns/{campaign}/Leads").values()
            )
            for campaign, action in zip(CAMPAIGNS, actions, strict=True)
        )

    def written(self) -> Rows:
        """Every row that was sent to be written since the world began."""
        rows: Rows = set()
        for one in self.crm.requests:
            path = one.path.removeprefix("/crm/v8/")
            if one.method == "PUT":
                data = json.loads(one.body)["data"]
                listed = "/".join(path.split("/")[:3])  # a single row's path has its id besides
                rows |= {
                    ("PUT", listed, row.get("id", path.rpartition("/")[2]), row["Member_Status"])
                    for row in data
                }
            elif one.method == "DELETE" and "ids" in one.query:
                rows |= {("DELETE", path, each, "") for each in one.query["ids"].split(",")}
            elif one.method == "DELETE":  # the last of a batch that was halved goes by its own path
                listed, _, each = path.rpartition("/")
                rows.add(("DELETE", listed, each, ""))
        return rows


def write_manifests(folder: Path, actions: tuple[str, str, str]) -> None:
    """One file a campaign; requests go out one after the other."""
    (folder / "relations").mkdir(parents=True)
    setting = "version: 1\nenvironments:\n  main: {concurrency: 1}\n"
    (folder / "relations" / "zsync.yaml").write_text(setting)
    for campaign, action in zip(CAMPAIGNS, actions, strict=True):
        key, row = (
            ("absent", "{{id: '{}'}}")
            if action == "delete"
            else ("records", "{{id: '{}', Member_Status: Sent}}")
        )
        rows = "".join(f"      - {row.format(lead)}\n" for lead in LEADS[campaign])
        (folder / "relations" / f"{campaign}.yaml").write_text(
            f"version: 1\nparent: {{module: Campaigns, id: '{campaign}'}}\nrelated_lists:\n  Leads:\n    {key}:\n{rows}"
        )


def shown(folder: Path) -> Rows:
    """What the folder's plan says will be written."""
    return {
        (
            "DELETE" if one["action"] == "delete" else "PUT",
            f"{one['module']}/{one['record_id']}/{one['related_list']}",
            one["related_record_id"],
            (one["after"] or {}).get("Member_Status", ""),
        )
        for one in json.loads((folder / "plan.json").read_text())["changes"]
    }


@contextmanager
def world(home: Path, layer: Callable[[Any], Any] | None = None) -> Iterator[World]:
    """A world that answers for as long as the block lasts."""
    with running(SEED, layers=[layer] if layer else []) as crm:
        made = World(crm, home)
        made.environment["ZSYNC_ENVIRONMENT"] = "main"
        yield made
