"""What a collector of OpenTelemetry was told: OTLP over HTTP, decoded."""

from typing import Any, NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.receiver import Receiver


class Span(NamedTuple):
    """A span, as far as tests look at it."""

    name: str
    about: dict[str, Any]
    span_id: bytes
    parent: bytes
    trace: bytes
    failed: bool
    seconds: float


class Point(NamedTuple):
    """One number of a metric; of a histogram it is the count."""

    metric: str
    unit: str
    about: dict[str, Any]
    value: int


def spans(collector: Receiver) -> list[Span]:
    """All spans, in the order in which they ended."""
    found = []
    for one in collector.posted:
        if one.path == "/v1/traces":
            request = ExportTraceServiceRequest.FromString(one.body)
            scopes = [scope for resource in request.resource_spans for scope in resource.scope_spans]
            found += [span for scope in scopes for span in scope.spans]
    return [
        Span(
            *(one.name, _values(one.attributes), one.span_id, one.parent_span_id, one.trace_id),
            *(one.status.code == 2, (one.end_time_unix_nano - one.start_time_unix_nano) / 1e9),
        )
        for one in found
    ]


def points(collector: Receiver) -> list[Point]:
    """The numbers of all metrics."""
    found = []
    for one in collector.posted:
        if one.path == "/v1/metrics":
            request = ExportMetricsServiceRequest.FromString(one.body)
            scopes = [scope for resource in request.resource_metrics for scope in resource.scope_metrics]
            found += [metric for scope in scopes for metric in scope.metrics]
    return [
        Point(metric.name, metric.unit, _values(point.attributes), _number(point))
        for metric in found
        for point in (*metric.sum.data_points, *metric.histogram.data_points)
    ]


def resource(collector: Receiver) -> dict[str, Any]:
    """Who told."""
    (first, *_) = [one.body for one in collector.posted if one.path == "/v1/traces"]
    return _values(ExportTraceServiceRequest.FromString(first).resource_spans[0].resource.attributes)


def _number(point: Any) -> int:
    return int(point.count if hasattr(point, "count") else point.as_int)


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
