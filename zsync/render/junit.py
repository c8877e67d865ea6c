"""Plans, reports and diagnostics as JUnit's XML, which Jenkins, GitLab, Azure and others show as test results.

A list is a suite, a change is a case; rows that the CRM refused or that were held fail, and so do guards that refuse.
The form is that of junit-10.xsd of Jenkins' xUnit plugin, which is what readers of such files agree on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from zsync.model import DONE, Action, Change, Diagnostic, Drift, Outcome, Plan, Report, Status
from zsync.render.attention import left_out
from zsync.render.drift import WORDS, crm_side
from zsync.render.escape import markup
from zsync.render.groups import NAME, ListGroup, ParentGroup, by_parent, record_names
from zsync.render.outcomes import answer, stopped
from zsync.render.verdicts import advice, said
from zsync.render.words import compared, cut, fields, options, org

# To JUnit, a failure is a result that is not as expected, an error a test that could not be run to its end.
_ELEMENTS: dict[Status, str] = {
    "refused": "failure",
    "held": "failure",
    "unknown": "error",
    "unsent": "skipped",
}
_MESSAGE = 1000


class _Case(NamedTuple):
    """A test case. `element` is what it has if it does not succeed, `kind` the type of that. Texts are plain."""

    name: str
    element: str = ""
    kind: str = ""
    message: str = ""
    detail: str = ""


class _Suite(NamedTuple):
    name: str
    class_name: str
    cases: list[_Case]

    def count(self, element: str) -> int:
        return sum(case.element == element for case in self.cases)


def render_plan(plan: Plan) -> str:
    """The plan. Each change is a case that succeeds, and each guard that refuses the plan is a case that fails."""
    guards = [
        _Case(
            ": ".join(filter(None, (verdict.guard, verdict.place))),
            "failure",
            "guard",
            said(plan, verdict),
            advice(verdict),
        )
        for verdict in plan.refusals
    ]
    suites = [*_left_out(plan), *([_Suite("guards", "zsync.guards", guards)] if guards else [])]
    return _document("zsync plan", [*suites, *_lists(plan, ())], plan)


def render_drift(drift: Drift) -> str:
    """What the CRM changed, removed and added: a case each, which succeeds."""
    side = crm_side(drift)
    return _document("zsync drift", [*_lists(side, (), WORDS)], side)


def render_report(report: Report) -> str:
    """What became of a plan. Refused and held rows fail, unknown rows are errors, unsent rows were skipped."""
    run = _Case("run", "error", "stopped", stopped(report.stopped)) if report.stopped else _Case("run")
    suites = [
        _Suite("zsync apply", "zsync.apply", [run]),
        *_left_out(report.plan),
        *_lists(report.plan, report.outcomes),
    ]
    return _document("zsync apply", suites, report.plan, report.seconds)


def render_diagnostics(
    diagnostics: Sequence[Diagnostic], *, subject: str = "zsync validate", files: Sequence[str] = ()
) -> str:
    """Each error is a case that fails. Each of the `files` without errors is a case that succeeds, with its warnings."""
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    warnings: dict[str, list[str]] = {file: [] for file in files}
    for diagnostic in diagnostics:
        if diagnostic.severity == "warning":
            file = diagnostic.span.file if diagnostic.span else "warnings"
            warnings[file] = [*warnings.get(file, ()), f"{diagnostic.span or file}: {diagnostic.message}"]
    wrong = {diagnostic.span.file for diagnostic in errors if diagnostic.span}
    sound = [
        _Case(file, detail=" · ".join(told)) for file, told in warnings.items() if told or file not in wrong
    ]
    suite = _Suite(subject, subject.replace(" ", "."), [*map(_problem, errors), *sound])
    return _document(subject, [suite], None)


def _left_out(plan: Plan) -> list[_Suite]:
    """The rows that are withheld, as cases that were skipped."""
    cases = [
        _Case(
            f"{look.change.action} {cut(look.change.label or look.change.related_record_id, NAME)}",
            "skipped",
            look.word,
            cut(f"{look.word}: {look.told}", _MESSAGE),
            " · ".join(f"{way}: {command}" if command else way for way, command in look.ways),
        )
        for look in left_out(plan)
    ]
    return [_Suite("withheld", "zsync.withheld", cases)] if cases else []


def _problem(diagnostic: Diagnostic) -> _Case:
    notes = (f"{note.span}: {note.message}" for note in diagnostic.notes)
    # On one line: readers of these files join or drop line ends as they like.
    detail = " · ".join(filter(None, (*notes, *str(diagnostic.help).split("\n"))))
    name = f"{diagnostic.span}: {diagnostic.code}" if diagnostic.span else diagnostic.code
    return _Case(name, "failure", diagnostic.code, cut(str(diagnostic.message), _MESSAGE), detail)


def _lists(
    plan: Plan, outcomes: tuple[Outcome, ...], words: Mapping[Action, str] | None = None
) -> Iterator[_Suite]:
    for parent in by_parent(plan.changes):
        for group in parent.lists:
            names = record_names(plan.changes, group)
            cases = [
                _case(plan.changes[index], name, outcomes[index] if outcomes else None, words or {})
                for index, name in zip(group.changes, names, strict=True)
            ]
            yield _Suite(_title(parent, group), _class_name(parent.module, group.related_list), cases)


def _class_name(module: str, related_list: str) -> str:
    return f"{cut(module, NAME)}.{cut(related_list, NAME)}"


def _title(parent: ParentGroup, group: ListGroup) -> str:
    identity = cut(parent.record_id, NAME)
    named = parent.label and parent.label != parent.record_id
    label = f"{cut(parent.label, NAME)} ({identity})" if named else identity
    return f"{cut(parent.module, NAME)} {label} › {cut(group.related_list, NAME)}"


def _case(change: Change, name: str, outcome: Outcome | None, words: Mapping[Action, str]) -> _Case:
    told = [f"{cut(field.name, NAME)}: {field.sides}" for field in fields(change)]
    if change.origin != "change" and not words:
        told.append(f"origin: {cut(change.origin, NAME)}")
    if change.source:
        told.append(change.place)
    name, detail = f"{words.get(change.action, change.action)} {name}", " · ".join(told)
    if outcome is None or outcome.status in DONE:
        return _Case(name, detail=detail)
    message = cut(answer(outcome), _MESSAGE)
    return _Case(name, _ELEMENTS[outcome.status], outcome.status, message or outcome.status, detail)


def _document(name: str, suites: list[_Suite], plan: Plan | None, seconds: float = 0.0) -> str:
    tests = sum(len(suite.cases) for suite in suites)
    numbers = _numbers(
        tests=tests,
        failures=sum(suite.count("failure") for suite in suites),
        errors=sum(suite.count("error") for suite in suites),
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{name}" {numbers} time="{seconds:.3f}">',
    ]
    for suite in suites:
        lines += _suite(suite, plan)
    return "\n".join([*lines, "</testsuites>", ""])


def _numbers(**numbers: int) -> str:
    return " ".join(f'{name}="{number}"' for name, number in numbers.items())


def _suite(suite: _Suite, plan: Plan | None) -> Iterator[str]:
    numbers = _numbers(
        tests=len(suite.cases),
        failures=suite.count("failure"),
        errors=suite.count("error"),
        skipped=suite.count("skipped"),
    )
    yield f'  <testsuite name="{markup(suite.name)}" {numbers}>'
    yield from _properties(plan) if plan else ()
    class_name = markup(suite.class_name)
    for case in suite.cases:
        yield from _lines(case, class_name)
    yield "  </testsuite>"


def _properties(plan: Plan) -> Iterable[str]:
    binding = plan.binding
    told = {
        "environment": binding.environment,
        "org": org(binding),
        "commit": binding.git_commit,
        "base": compared(plan),
        "only": options(plan.only),
    }
    lines = [
        f'<property name="{name}" value="{markup(cut(text, NAME))}"/>' for name, text in told.items() if text
    ]
    return ["    <properties>", *(f"      {line}" for line in lines), "    </properties>"]


def _lines(case: _Case, class_name: str) -> Iterator[str]:
    head = f'    <testcase classname="{class_name}" name="{markup(case.name)}"'
    detail = markup(case.detail)
    if case.element:
        message = f'type="{markup(case.kind)}" message="{markup(case.message)}"'
        yield f"{head}><{case.element} {message}>{detail}</{case.element}></testcase>"
    elif detail:
        yield f"{head}><system-out>{detail}</system-out></testcase>"
    else:
        yield f"{head}/>"
