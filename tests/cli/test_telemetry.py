"""`ZSYNC_OTEL=1`: what a collector is told, what it never is, and that it changes nothing else."""

import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import MANIFEST
from tests.collector import Point, Span, points, resource, spans
from tests.example import ROOT
from tests.foreign.conftest import Write
from tests.foreign.crm import SECRETS, Canned, Foreign
from tests.program import PATIENCE, Run, forked
from tests.receiver import Receiver, receiver
from zsync import telemetry

DOCS = (ROOT / ".github" / "docs" / "telemetry.md").read_text("utf-8")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A collector that is asked for, and nothing else of OpenTelemetry around, neither before nor after."""
    others = set(threading.enumerate())
    for name in [name for name in os.environ if name.startswith(("OTEL_", "TRACE"))]:
        monkeypatch.delenv(name)
    with receiver() as running:
        monkeypatch.setenv("ZSYNC_OTEL", "1")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running
    # A thread that still tries to deliver draws random numbers, which other tests take for their own.
    late = [thread for thread in threading.enumerate() if thread not in others]
    for thread in late:
        thread.join(PATIENCE)
    assert not [thread.name for thread in late if thread.is_alive()]


def command_span(collector: Receiver) -> Span:
    """The one span of the command."""
    (span,) = [one for one in spans(collector) if one.name.startswith("zsync ")]
    return span


def metric(collector: Receiver, name: str) -> list[Point]:
    """The numbers of one metric."""
    return [one for one in points(collector) if one.metric == name]


def test_a_plan_is_one_trace_with_a_span_for_each_request(
    spring: Foreign, run: Run, collector: Receiver
) -> None:
    said = run("plan")
    assert (said.code, said.err) == (0, "")
    root = command_span(collector)
    below = [one for one in spans(collector) if one is not root and one.span_id != root.span_id]
    assert (root.name, root.parent, root.failed) == ("zsync plan", b"", False)
    assert {one.parent for one in below} == {root.span_id}
    assert {one.trace for one in below} == {root.trace}
    assert len(below) == len([one for one in spring.requests if one.path.startswith("/crm/")])
    assert sum(one.seconds for one in below) > 0


def test_a_commands_span_counts_its_changes(spring: Foreign, run: Run, collector: Receiver) -> None:
    run("plan", "--out", "plan.json")
    assert command_span(collector).about == {
        "zsync.command": "plan",
        "zsync.exit_code": 0,
        "zsync.changes.create.planned": 1,
        "zsync.changes.update.planned": 1,
    }
    collector.posted.clear()
    run("apply", "plan.json")
    about = command_span(collector).about
    assert (about["zsync.changes.create.applied"], about["zsync.changes.update.applied"]) == (1, 1)
    assert "zsync.changes.create.planned" not in about


def test_the_metrics_count_what_the_spans_show(spring: Foreign, run: Run, collector: Receiver) -> None:
    run("apply", "--auto-approve")
    requests = len(spans(collector)) - 1
    for name in ("zsync.crm.requests", "zsync.crm.request.duration"):
        assert sum(one.value for one in metric(collector, name)) == requests
    key = {"zsync.outcome": "applied", "zsync.command": "apply"}
    changes = sorted(metric(collector, "zsync.changes"), key=lambda one: one.about["zsync.action"])
    assert [(one.about, one.value) for one in changes] == [
        (key | {"zsync.action": "create"}, 1),
        (key | {"zsync.action": "update"}, 1),
    ]
    assert [one.value for one in metric(collector, "zsync.run.duration")] == [1]


def test_a_request_that_is_repeated_is_told_each_time(spring: Foreign, run: Run, collector: Receiver) -> None:
    spring.canned.append(Canned("GET", "/crm/v8/org", 503, {}))
    assert run("plan").code == 0
    first, second = [one for one in spans(collector) if one.name == "GET /crm/v8/org"]
    assert (first.failed, first.about["error.type"], first.about["http.response.status_code"]) == (
        True,
        "503",
        503,
    )
    assert (second.failed, second.about["http.request.resend_count"]) == (False, 1)


def test_a_command_that_fails_says_how(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZSYNC_API_DOMAIN", "http://127.0.0.1:9")
    assert run("plan").code == 1
    root, first = command_span(collector), spans(collector)[0]
    assert (root.failed, root.about["zsync.exit_code"], root.about["error.type"]) == (
        True,
        1,
        "CrmUnreachable",
    )
    assert (first.about["error.type"], "http.response.status_code" in first.about) == ("ConnectError", False)


def test_the_environment_is_named(spring: Foreign, run: Run, write: Write, collector: Receiver) -> None:
    write("zsync.yaml", "version: 1\nenvironments: {main: {}}\n")
    run("plan", "-e", "main")
    assert command_span(collector).about["zsync.environment"] == "main"


def test_a_pipelines_trace_goes_on(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", PARENT)
    run("plan")
    root = command_span(collector)
    assert (root.trace.hex(), root.parent.hex()) == tuple(PARENT.split("-")[1:3])


@pytest.mark.parametrize("parent", ["nonsense", "", "00-0-0-01"])
def test_a_parent_that_is_none_is_none(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch, parent: str
) -> None:
    monkeypatch.setenv("TRACEPARENT", parent)
    assert run("plan").code == 0
    assert command_span(collector).parent == b""


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "zsync-crm"),
        ({"OTEL_SERVICE_NAME": "crm"}, "crm"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=crm,team=revops"}, "crm"),
    ],
)
def test_the_service_has_a_name_that_can_be_changed(
    spring: Foreign,
    run: Run,
    collector: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    name: str,
) -> None:
    for one, value in variables.items():
        monkeypatch.setenv(one, value)
    run("plan")
    assert resource(collector)["service.name"] == name


def test_headers_reach_the_collector_and_nobody_else(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=collectors-key")
    said = run("plan")
    assert {one.headers["x-key"] for one in collector.posted} == {"collectors-key"}
    assert not [one for one in spring.requests if "collectors-key" in str(one)]
    assert "collectors-key" not in said.out + said.err


@pytest.mark.parametrize(("signal", "path"), [("TRACES", "/v1/metrics"), ("METRICS", "/v1/traces")])
def test_either_of_traces_and_metrics_can_be_left_out(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch, signal: str, path: str
) -> None:
    monkeypatch.setenv(f"OTEL_{signal}_EXPORTER", "none")
    run("plan")
    assert {one.path for one in collector.posted} == {path}


ID = "3652397000000500001"
CANARIES = [
    "ana",
    "bo@",
    "acme.example",
    "Canary Launch",
    "Invited",
    "select",
    "Email",
    "fields=",
    "zoho-oauthtoken",
]


def test_nothing_of_a_record_a_query_or_a_token_is_told(
    crm: Foreign, run: Run, write: Write, collector: Receiver
) -> None:
    crm.add("Campaigns", ID, Campaign_Name="Canary Launch")
    for number, name in ((1, "ana"), (2, "bo")):
        crm.add("Leads", f"{ID[:-1]}{number + 1}", Email=f"{name}@acme.example")
    crm.link("Campaigns", ID, "Leads", f"{ID[:-1]}2", Member_Status="Invited")
    write("spring.yaml", MANIFEST.replace("Spring", "Canary Launch"))
    crm.canned.append(
        Canned("PUT", f"/crm/v8/Campaigns/{ID}/Leads", 400, {"code": "INVALID_DATA", "message": "ana"})
    )
    for command in (("plan", "--out", "plan.json"), ("apply", "plan.json"), ("doctor",), ("verify",)):
        run(*command)
    assert len(crm.sent("PUT")) > 0
    told = b"".join(one.body for one in collector.posted).decode("latin-1").lower()
    assert "campaigns/{id}/leads" in told
    assert [one for one in [*CANARIES, *SECRETS, ID[:10]] if one.lower() in told] == []


@pytest.mark.parametrize(
    "off", [{"ZSYNC_OTEL": ""}, {"ZSYNC_OTEL": "0"}, {"OTEL_SDK_DISABLED": "TRUE"}], ids=str
)
def test_when_it_is_off_nothing_is_loaded_and_nothing_told(
    spring: Foreign, run: Run, collector: Receiver, off: dict[str, str], tmp_path: Path
) -> None:
    command = ("apply", "--auto-approve", "--report", "report.json")
    done = forked(*command, env={**os.environ, **off}, folder=tmp_path, entry="tests.cli.loaded:main").ended()
    assert done.out.endswith("\n[]\n"), done.err
    assert ((tmp_path / "report.json").exists(), collector.posted) == (True, [])


@pytest.mark.parametrize(
    "command", [("validate",), ("plan", "--help"), ("--help",), ("runs",), ("explain", "4")]
)
def test_commands_that_talk_to_nobody_tell_nobody(
    spring: Foreign, run: Run, collector: Receiver, command: tuple[str, ...]
) -> None:
    assert run(*command).code == 0
    assert collector.posted == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZSYNC_OTEL", "maybe"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://127.0.0.1/"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-3"),
    ],
)
def test_a_setting_that_cannot_be_is_wrong_usage_before_anything(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    said = run("apply", "--auto-approve")
    assert (said.code, spring.requests, collector.posted) == (64, [], [])
    assert "= help: " in said.err
    assert "OTEL" in said.err


def test_without_the_libraries_it_says_how_to_get_them(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    said = run("plan")
    assert (said.code, spring.requests) == (64, [])
    assert "pip install 'zsync-crm[otel]'" in said.err


@pytest.mark.parametrize(
    ("answers", "cause"), [([400, 400], "status 400"), ([401, 401], "status 401"), ([413, 200], "status 413")]
)
def test_a_collector_that_says_no_is_one_warning(
    spring: Foreign, run: Run, collector: Receiver, answers: list[int], cause: str
) -> None:
    collector.answers = [(status, {}) for status in answers]
    said = run("apply", "--auto-approve")
    assert said.code == 0
    assert said.err.startswith(f"warning: traces and metrics were not delivered: {cause}\n  = help: ")
    assert said.err.count("\n") == 2


def test_a_collector_that_is_gone_is_waited_for_a_little_and_is_one_warning(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "SECONDS", 0.2)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9/canary")
    said = run("plan", "--detailed-exitcode")
    assert said.code == 2
    assert re.match("warning: traces and metrics were not delivered: .*, given up after 0.2 s\n", said.err)
    assert (said.err.count("\n"), "canary" in said.err) == (2, False)


def test_a_bug_in_the_telling_does_not_fail_the_apply(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(self: telemetry.Telemetry, *_: object) -> str:
        for one in self._providers:
            one.shutdown()
        raise ZeroDivisionError

    monkeypatch.setattr(telemetry.Telemetry, "end", end)
    said = run("apply", "--auto-approve")
    assert (said.code, "a bug in zsync, ZeroDivisionError" in said.err) == (0, True)


def test_a_bug_while_a_request_is_told_loses_no_answer(
    spring: Foreign, run: Run, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsync.telemetry.Telemetry._attempt", lambda *_: 1 / 0)
    assert run("apply", "--auto-approve").code == 0
    assert [one.name for one in spans(collector)] == ["zsync apply"]


def described(mark: str) -> list[list[str]]:
    """The cells of a table of the page."""
    found = re.search(rf"<!-- {mark} -->\n\|.*\n\|.*\n((?:\|.*\n)+)", DOCS)
    assert found is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def test_the_page_names_all_that_is_told(
    spring: Foreign, run: Run, write: Write, collector: Receiver
) -> None:
    write("zsync.yaml", "version: 1\nenvironments: {main: {}}\n")
    spring.canned.append(Canned("GET", "/crm/v8/org", 503, {}))
    run("apply", "-e", "main", "--auto-approve")
    run("plan", "-e", "main", "--base", "nowhere")
    roots = [one for one in spans(collector) if one.name.startswith("zsync ")]
    names = {
        re.sub(r"changes\.\w+\.\w+$", "changes.ACTION.OUTCOME", key) for one in roots for key in one.about
    }
    assert names == {cell.strip("`") for cell, _ in described("attributes of a command")}
    below = {key for one in spans(collector) if one not in roots for key in one.about}
    assert below == {cell.strip("`") for cell, _ in described("attributes of a request")}
    rows = described("metrics")
    assert {(f"`{one.metric}`", f"`{one.unit}`") for one in points(collector)} == {
        (row[0], row[1]) for row in rows
    }
    for name, _, attributes in rows:
        keys = {key for one in metric(collector, name.strip("`")) for key in one.about}
        assert attributes == "the same" or keys == set(re.findall(r"`([^`]+)`", attributes))
