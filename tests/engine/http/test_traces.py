"""Traces of a real service, received by a real OTLP receiver over HTTP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

QUESTION = "what do I need to photograph zorbgull birds with a Canon EOS R10"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Received:
    """What came, as it came and as spans."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.url = ""

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        resources = [one for request in requests for one in request.resource_spans]
        return [s for one in resources for scope in one.scope_spans for s in scope.spans]

    def services(self) -> set[str]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return {
            pair.value.string_value
            for request in requests
            for one in request.resource_spans
            for pair in one.resource.attributes
            if pair.key == "service.name"
        }


@contextmanager
def receiver() -> Iterator[Received]:
    """Receive traces on loopback until the block ends."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            received.bodies.append(body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_is_traced_from_its_caller_to_the_last_step(
    start: Any, home: Path, workers: str
) -> None:
    with receiver() as received:
        served = start(
            home,
            *("--workers", workers),
            GOESWITH_TELEMETRY__TRACES="otlp",
            OTEL_EXPORTER_OTLP_ENDPOINT=received.url,
        )
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        with httpx.Client(base_url=served.url, headers=headers, timeout=60) as client:
            tiers = [
                client.get("/v1/ask", params={"question": QUESTION}).json()["cache"]["tier"]
                for _ in range(3)
            ]
            assert tiers == ["none", "memory", "memory"]
            assert client.get("/v1/ask", params={"question": ""}).status_code == 422
        # The end sends what was not sent before.
        assert served.stop() == 0
    spans = [span for span in received.spans() if span.trace_id.hex() == TRACE]
    asked = [span for span in spans if span.name == "GET /v1/ask"]
    assert {span.parent_span_id.hex() for span in asked} == {PARENT}
    told = [{a.key: a.value.string_value or a.value.int_value for a in s.attributes} for s in asked]
    assert [t["http.response.status_code"] for t in told] == [200, 200, 200, 422]
    assert [t.get("goeswith.tier") for t in told] == ["none", "memory", "memory", None]
    names = {span.name for span in spans}
    assert {"goeswith.build", "goeswith.need", "goeswith.gate", "goeswith.cache.exact"} <= names
    assert received.services() == {"goeswith"}
    assert not any(b"zorbgull" in body or b"Canon" in body for body in received.bodies)


def test_a_receiver_that_is_not_there_costs_nobody_an_answer(start: Any, home: Path) -> None:
    served = start(
        home,
        GOESWITH_TELEMETRY__TRACES="otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )
    response = httpx.get(f"{served.url}/v1/ask", params={"question": QUESTION}, timeout=60)
    assert response.status_code == 200
    assert served.stop() == 0
