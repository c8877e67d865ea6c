"""OpenTelemetry: a trace and a few metrics of one command, sent over OTLP when it ends, and only if the user asks for it.

Attributes hold methods, paths without ids, statuses, counts and the environment's name, and nothing of a record. The
libraries are the extra `otel`, which only `start` imports. https://opentelemetry.io/docs/specs/semconv/http/
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from threading import Thread
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from zsync.errors import UsageError
from zsync.hosts import AddressRefused, address
from zsync.model.attempt import Attempt

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

SECONDS = 5.0
"""The most seconds that the end of a command waits for the collector."""

_ENDPOINTS = ("", "TRACES_", "METRICS_")
_CHOICES = {
    "OTEL_TRACES_EXPORTER": ("otlp", "none"),
    "OTEL_METRICS_EXPORTER": ("otlp", "none"),
    **{f"OTEL_EXPORTER_OTLP_{part}PROTOCOL": ("http/protobuf",) for part in _ENDPOINTS},
}
"""Variables of OpenTelemetry → the values that zsync supports."""


class Telemetry:
    """The report of one command. Nothing is sent before a batch is full or `end` is called."""

    def __init__(
        self, command: str, tracers: TracerProvider, meters: MeterProvider, parent: Any, problems: _Problems
    ) -> None:
        self._command = command
        self._providers = (tracers, meters)
        self._problems = problems
        self._tracer = tracers.get_tracer("zsync")
        self._span = self._tracer.start_span(f"zsync {command}", parent)
        self._start = monotonic()
        meter = meters.get_meter("zsync")
        self._requests = meter.create_counter("zsync.crm.requests", "{request}", "Requests to the CRM.")
        self._duration = meter.create_histogram("zsync.crm.request.duration", "s", "How long they took.")
        self._changes = meter.create_counter("zsync.changes", "{change}", "Changes, by what became of them.")
        self._run = meter.create_histogram("zsync.run.duration", "s", "How long a command took.")

    def attempt(self, sent: Attempt) -> None:
        """Add a request that was sent: a span below the command's, and two metrics. Never raises, whatever the SDK does."""
        # Called between a write and the reading of its answer: an exception here would lose what the CRM said.
        with suppress(Exception):
            self._attempt(sent)

    def _attempt(self, sent: Attempt) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        about: dict[str, Any] = {"http.request.method": sent.method, "url.template": sent.template}
        if sent.status:
            about["http.response.status_code"] = sent.status
        if sent.problem or sent.status >= 400:
            about["error.type"] = sent.problem or str(sent.status)
        repeat = {"http.request.resend_count": sent.repeat} if sent.repeat else {}
        span = self._tracer.start_span(
            f"{sent.method} {sent.template}",
            set_span_in_context(self._span),
            SpanKind.CLIENT,
            {**about, **repeat, "server.address": sent.host},
            start_time=sent.started,
        )
        if "error.type" in about:
            span.set_status(Status(StatusCode.ERROR))
        span.end(sent.started + round(sent.seconds * 1e9))
        self._requests.add(1, about)
        self._duration.record(sent.seconds, about)

    def end(
        self, exit_code: int, problem: str, environment: str, changes: Mapping[tuple[str, str], int]
    ) -> str:
        """End the command's span and send everything, within `SECONDS`.

        `problem` is the class of the exception that ended the command, `changes` counts by action and outcome. Returns
        why the data was not delivered; '' if it was.
        """
        from opentelemetry.trace import Status, StatusCode

        where = {"zsync.environment": environment} if environment else {}
        about: dict[str, Any] = {"zsync.command": self._command, "zsync.exit_code": exit_code, **where}
        for (action, outcome), number in changes.items():
            key = {"zsync.action": action, "zsync.outcome": outcome, "zsync.command": self._command}
            self._changes.add(number, {**key, **where})
            self._span.set_attribute(f"zsync.changes.{action}.{outcome}", number)
        self._run.record(monotonic() - self._start, about)
        if problem:
            about["error.type"] = problem
        # 2 says that there are changes, which is no failure.
        if exit_code not in (0, 2):
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.set_attributes(about)
        self._span.end(time_ns())
        in_time = _all_within(SECONDS, [provider.shutdown for provider in self._providers])
        return self._problems.cause if in_time else f"{self._problems.hint}, given up after {SECONDS:g} s"


def start(command: str, env: Mapping[str, str], version: str) -> Telemetry:
    """Start the report of a command by the OTEL_* variables. TRACEPARENT makes it part of another trace.

    Raises `UsageError` if the extra is not installed, or a variable asks for something that zsync does not support.
    """
    _check(env)
    problems = _Problems()
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
    except ImportError:
        raise UsageError(
            "ZSYNC_OTEL is set, and the libraries for it are not installed",
            help="Install them (`pip install 'zsync-crm[otel]'`), or unset ZSYNC_OTEL.",
        ) from None
    try:
        with ExitStack() as made:
            metered = _wanted(env, "METRICS")
            readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if metered else []
            resource = _resource(env, version)
            meters = MeterProvider(readers, resource, shutdown_on_exit=False)
            made.callback(meters.shutdown)
            tracers = TracerProvider(resource=resource, shutdown_on_exit=False, meter_provider=meters)
            if _wanted(env, "TRACES"):
                tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), meter_provider=meters))
            made.pop_all()
    except Exception as error:  # noqa: BLE001  whatever plug-ins and variables make of it
        # The SDK's words may repeat its variables, and headers are secrets.
        raise UsageError(
            f"OpenTelemetry cannot be set up ({type(error).__name__})",
            help="Check the variables OTEL_*, or unset ZSYNC_OTEL.",
        ) from None
    carrier = {name: env[name.upper()] for name in ("traceparent", "tracestate") if name.upper() in env}
    parent = TraceContextTextMapPropagator().extract(carrier)
    return Telemetry(command, tracers, meters, parent, problems)


class _Problems(logging.Handler):
    """Takes what the SDK would print, and keeps none of its words, which may hold addresses.

    `hint` is the last status or class of an error in them; `cause` is the same once something was given up.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.cause = ""
        self.hint = "no answer"
        logger = logging.getLogger("opentelemetry")
        logger.handlers = [self]
        logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning as the hint, and an error, which means that something was not delivered, as the cause."""
        for part in (*(record.args if isinstance(record.args, tuple) else ()), *(record.exc_info or ())):
            if isinstance(part, Exception):
                self.hint = type(part).__name__
            elif isinstance(part, int) and not isinstance(part, bool):
                self.hint = f"status {part}"
        if record.levelno >= logging.ERROR:
            self.cause = self.hint


def _check(env: Mapping[str, str]) -> None:
    for name, known in _CHOICES.items():
        if env.get(name, "").strip() not in ("", *known):
            raise UsageError(
                f"{name} is {env[name]!r}, and zsync supports only {' and '.join(known)}",
                help=f"Set it to {known[0]}, or unset it.",
            )
    for part in _ENDPOINTS:
        name = f"OTEL_EXPORTER_OTLP_{part}ENDPOINT"
        if (url := env.get(name, "")) and not _is_address(url):
            raise UsageError(
                f"{name} is not the address of a collector", help="It is like http://127.0.0.1:4318."
            )


def _is_address(url: str) -> bool:
    try:
        address(url, webhook=True, plain=True)
    except AddressRefused:
        return False
    return True


def _wanted(env: Mapping[str, str], signal: str) -> bool:
    return env.get(f"OTEL_{signal}_EXPORTER", "").strip() != "none"


def _resource(env: Mapping[str, str], version: str) -> Resource:
    """The service that reports: `zsync-crm`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES name another."""
    from opentelemetry.sdk.resources import Resource

    named = env.get("OTEL_SERVICE_NAME") or "service.name=" in env.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return Resource.create({"service.version": version, **({} if named else {"service.name": "zsync-crm"})})


def _all_within(seconds: float, tasks: list[Callable[[], object]]) -> bool:
    """Run the tasks side by side. Returns whether all ended in time; a late one goes on and ends with the process."""
    threads = [Thread(target=task, daemon=True) for task in tasks]
    until = monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until - monotonic(), 0.0))
    return not any(thread.is_alive() for thread in threads)
