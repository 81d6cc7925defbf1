"""Spans of the engine as OpenTelemetry knows them.

Names and attributes get the prefix `goeswith.`; requests over HTTP follow the semantic conventions.
An error is told by the name of its class alone: its words may be a shopper's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from goeswith.engine.tracing import Headers, Span, Value

_PREFIX = "goeswith."
_CARRIED = ("traceparent", "tracestate")
_HTTP = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
}
_propagator = TraceContextTextMapPropagator()


def to_otlp() -> OtelTracer:
    """Return a tracer that sends to an OTLP receiver over HTTP, as the environment says."""
    resource = Resource.create({SERVICE_VERSION: version("goeswith")})
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "goeswith"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OtelTracer(provider)


class OtelTracer:
    """Tells a provider. The provider is closed with the tracer; no global one is set."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("goeswith", version("goeswith"))

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator[Span]:
        """See `Tracer.span`."""
        with self._current(self._tracer.start_span(_PREFIX + name)) as span:
            span.tell(**attributes)
            yield span

    def begin(self, name: str, **attributes: Value) -> Span:
        """See `Tracer.begin`."""
        kind = trace.SpanKind.CLIENT
        begun = OtelSpan(self._tracer.start_span(_PREFIX + name, kind=kind))
        begun.tell(**attributes)
        return begun

    @contextmanager
    def request(self, method: str, headers: Headers) -> Iterator[Span]:
        """See `Tracer.request`."""
        begun = self._tracer.start_span(
            method, context=_origin(headers), kind=trace.SpanKind.SERVER
        )
        with self._current(begun, RequestSpan(begun, method)) as span:
            yield span

    def requested(self, method: str, headers: Headers, seconds: float, **attributes: Value) -> None:
        """See `Tracer.requested`."""
        now = time.time_ns()
        begun = self._tracer.start_span(
            method,
            context=_origin(headers),
            kind=trace.SpanKind.SERVER,
            start_time=now - round(seconds * 1e9),
        )
        RequestSpan(begun, method).tell(**attributes)
        begun.end(now)

    def carrier(self) -> str:
        """See `Tracer.carrier`."""
        told: dict[str, str] = {}
        _propagator.inject(told)
        return "\n".join(f"{name}:{value}" for name, value in told.items())

    @contextmanager
    def carried(self, trace: str) -> Iterator[None]:
        """See `Tracer.carried`."""
        told = dict(line.split(":", 1) for line in trace.splitlines())
        token = context.attach(_propagator.extract(told, context.Context()))
        try:
            yield
        finally:
            context.detach(token)

    def close(self) -> None:
        """See `Tracer.close`."""
        self._provider.shutdown()

    @contextmanager
    def _current(self, begun: trace.Span, told: OtelSpan | None = None) -> Iterator[Span]:
        token = context.attach(trace.set_span_in_context(begun))
        try:
            yield told or OtelSpan(begun)
        except BaseException as error:
            begun.set_attribute("error.type", type(error).__name__)
            begun.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            context.detach(token)
            begun.end()


class OtelSpan:
    """A span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def tell(self, **attributes: Value) -> None:
        """See `Span.tell`."""
        for name, value in attributes.items():
            self._span.set_attribute(self._names().get(name, _PREFIX + name), value)

    def end(self) -> None:
        """See `Span.end`."""
        self._span.end()

    def _names(self) -> Mapping[str, str]:
        return {}


class RequestSpan(OtelSpan):
    """The span of a request, named by method and route."""

    def __init__(self, span: trace.Span, method: str) -> None:
        super().__init__(span)
        self._method = method
        self.tell(method=method)

    def tell(self, **attributes: Value) -> None:
        """See `Span.tell`."""
        super().tell(**attributes)
        if "route" in attributes:
            self._span.update_name(f"{self._method} {attributes['route']}")
        status = attributes.get("status", 0)
        if isinstance(status, int) and status >= 500:
            self._span.set_status(trace.StatusCode.ERROR)

    def _names(self) -> Mapping[str, str]:
        return _HTTP


def _origin(headers: Headers) -> context.Context:
    """Return the context that a request was sent in, or an empty one."""
    found = {name: headers.get(name.encode(), b"").decode("latin-1") for name in _CARRIED}
    return _propagator.extract({k: v for k, v in found.items() if v}, context.Context())
