"""What workflows hand to zsync's action and to its workflows, take from its artifacts, and check out for it. Read as YAML."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from zsync.doctor.findings import Break, Orgs
from zsync.syntax.document import Map, Node, Seq, parse
from zsync.syntax.source import decode

_ARTIFACT = re.compile(r"zsync-(?:plan|reviewed|apply|drift|rehearsal)(?:-[0-9]+)?")
_OURS = re.compile(
    r".*/zsync/\.github/(?P<what>actions/zsync|workflows/(?:plan|apply|drift|accept)\.ya?ml)@(?P<ref>.+)"
)
_LOCAL = re.compile(r"\.{1,2}/(?:.*/)?\.github/actions/zsync/?")
_LOOKS_BACK = re.compile(r"\bzsync\s+(?:plan|verify|drift)\b(?!.*\s--(?:no-)?base\b)")
_PLANS = ("plan", "drift")
_RIGHTS = {
    "plan": {"contents": "read", "pull-requests": "write", "actions": "read"},
    "apply": {"contents": "read", "pull-requests": "write", "actions": "read"},
    "drift": {"contents": "read", "issues": "write", "actions": "read"},
    "accept": {"contents": "write", "actions": "read"},
}
"""Workflow → what its jobs ask for: GitHub starts none of them for a caller that gives less."""
_GRANTED = {"none": 0, "read": 1, "write": 2}


class ActionCall(NamedTuple):
    """A step, or a job, that uses something: what, with which inputs, and where that stands."""

    uses: str
    given: Map
    place: str

    @property
    def ours(self) -> re.Match[str] | None:
        """What of zsync's it uses, and of which commit; None for anything else."""
        return _OURS.fullmatch(self.uses)

    @property
    def local(self) -> bool:
        """Whether it takes zsync's action from the checkout."""
        return _LOCAL.fullmatch(self.uses) is not None

    def said(self, name: str) -> str:
        """An input as text; empty where it is not given."""
        return str(self.given.get(name) or "")


def broken(name: str, text: str, unseen: list[str], orgs: Orgs) -> Iterator[Break]:
    """The old habits in a workflow.

    Which version of the action a reference leads to, only GitHub knows, so that is reported as not looked at.
    """
    source, _ = decode(name, text.encode())
    documents, findings = parse(source)
    if findings:
        unseen.append(f"{name} is not YAML that zsync can read, so what it hands to actions is not looked at")
    maps = [each for document in documents for each in _maps(document.root)]
    calls = [_call(name, each) for each in maps if "uses" in each]
    for call in calls:
        if call.ours:
            unseen.append(f"which zsync {call.place} runs: it says {call.ours['what']}@{call.ours['ref']}")
        yield from _inputs(call)
    if orgs.shared:
        yield from _shared(calls)
    for document in documents:
        yield from _rightless(name, document.root)
    for job in (each for each in maps if isinstance(each.get("steps"), Seq)):
        yield from _shallow(name, job)


def _call(name: str, step: Map) -> ActionCall:
    given = step.get("with")
    return ActionCall(str(step["uses"]), given if isinstance(given, Map) else Map(), f"{name}:{step.line}")


def _inputs(call: ActionCall) -> Iterator[Break]:
    if call.local:
        yield Break(
            "local-action",
            call.place,
            f"`uses: {call.uses}` takes zsync's action from the checkout, which a pull request can write; zsync 0.1.0 allowed it",
            "Name its repository and commit: `uses: OWNER/zsync/.github/actions/zsync@COMMIT`.",
        )
    ours = call.ours or call.local
    if ours and call.said("source"):
        yield Break(
            "gone-input",
            call.place,
            "the action has no input `source` any more, with which zsync 0.1.0 installed another package",
            "Leave it out: the action installs the zsync of its own commit.",
        )
    if ours and "," in call.said("only"):
        yield Break(
            "only-list",
            call.place,
            "`only` is one selector a line; zsync 0.1.0 split it at commas",
            "Write each selector on a line of its own (`only: |`).",
        )
    if "/download-artifact@" in call.uses and _ARTIFACT.fullmatch(call.said("name")):
        yield Break(
            "artifact-name",
            call.place,
            f"no artifact is called {call.said('name')} any more, as in zsync 0.1.0: names end with environment, paths and attempt",
            "Take the name from the action's output `artifact-name`.",
        )


def _rightless(name: str, root: Node) -> Iterator[Break]:
    """Jobs that call a workflow and give it fewer rights than its own jobs ask for."""
    if not isinstance(root, Map) or not isinstance(jobs := root.get("jobs"), Map):
        return
    for job in (each for each in jobs.values() if isinstance(each, Map)):
        ours = _OURS.fullmatch(str(job.get("uses")))
        given = job.get("permissions", root.get("permissions"))
        # Where nothing is said, a setting of the repository decides, and "write-all" gives everything.
        if not ours or given is None or given == "write-all":
            continue
        workflow = ours["what"].removeprefix("workflows/").partition(".")[0]
        lacking = [
            f"`{scope}: {right}`"
            for scope, right in _RIGHTS.get(workflow, {}).items()
            if _granted(given, scope) < _GRANTED[right]
        ]
        if lacking:
            yield Break(
                "missing-right",
                f"{name}:{job.line}",
                f"it gives {workflow}.yml no {' and no '.join(lacking)}, without which GitHub starts none of its jobs; "
                "that of zsync 0.1.0 asked for less",
                f"Add to the job's `permissions`: {', '.join(lacking)}.",
            )


def _granted(given: Node, scope: str) -> int:
    """How much a job's `permissions` give: 0 for nothing, 1 to read, 2 to write."""
    if isinstance(given, Map):
        return _GRANTED.get(str(given.get(scope)), 0)
    return 1 if given == "read-all" else 0


def _shared(calls: list[ActionCall]) -> Iterator[Break]:
    """Environments that are planned from folders of their own, where zsync.yaml gives none to any."""
    apart = [
        call
        for call in calls
        if (call.ours or call.local) and call.said("environment") and call.said("paths")
    ]
    if len({call.said("paths") for call in apart}) > 1:
        yield shared_tree(apart[0].place)


def shared_tree(place: str) -> Break:
    """That folders alone no longer tell the orgs of a tree apart."""
    return Break(
        "shared-tree",
        place,
        "it plans environments from folders of their own; in zsync 0.1.0 only those counted, now all manifests beside zsync.yaml do",
        "Give each environment its folders in zsync.yaml: `manifests: [everywhere, eu]`.",
    )


def _shallow(name: str, job: Map) -> Iterator[Break]:
    """A job that plans in a checkout whose history does not reach back to what its branch left."""
    listed = job.get("steps")
    steps = [step for step in listed if isinstance(step, Map)] if isinstance(listed, Seq) else []
    calls = [_call(name, step) for step in steps if "uses" in step]
    checkouts = [call for call in calls if call.uses.startswith("actions/checkout@")]
    planned = [
        call.place for call in calls if call.ours and call.said("command") in _PLANS and not call.said("base")
    ]
    planned += [
        f"{name}:{step.line}"
        for step in steps
        if any(map(_LOOKS_BACK.search, str(step.get("run", "")).splitlines()))
    ]
    if planned and any(call.said("fetch-depth") != "0" for call in checkouts):
        yield Break(
            "shallow-history",
            planned[0],
            "it plans in a checkout of one commit, whose history cannot tell where the branch left (exit 64); zsync 0.1.0 asked none",
            "Give actions/checkout `fetch-depth: 0`, or zsync `--base REF` or `--no-base`.",
        )


def _maps(node: Node) -> Iterator[Map]:
    if isinstance(node, Map):
        yield node
    inner = node.values() if isinstance(node, Map) else node if isinstance(node, Seq) else ()
    for value in inner:
        yield from _maps(value)
