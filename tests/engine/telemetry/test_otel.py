"""Traces: what they tell, in which order, and what they must never hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from goeswith.engine import Engine
from goeswith.engine.errors import GoeswithError, SettingsError
from goeswith.engine.settings import Settings, Telemetry, load_settings
from goeswith.engine.telemetry import open_tracer
from goeswith.engine.telemetry.otel import OtelTracer
from goeswith.engine.tracing import OFF
from goeswith.prompts import preload
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.transport import FakeTransport, fake_lm

QUESTION = "what do I need to photograph zorbgull birds with a Canon EOS R10"
PRIVATE = ("zorbgull", "photograph", "canon", "r10", "swarovski", "tripod", "gw_")


class Heard:
    """The spans that ended, by name."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = OtelTracer(provider)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def path(self, span: ReadableSpan) -> list[str]:
        """Return the names from the root to a span."""
        found = {each.context.span_id: each for each in self.spans if each.context}
        names = [span.name]
        while span.parent is not None and span.parent.span_id in found:
            span = found[span.parent.span_id]
            names.insert(0, span.name)
        return [name.removeprefix("goeswith.") for name in names]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(home: Path, spelling: Settings, heard: Heard) -> Iterator[Engine]:
    preload()
    with (
        fake_lm(FakeTransport(answer), retries=0, timeout=20.0) as lm,
        Engine.open(home, settings=spelling, lm=lm, tracer=heard.tracer) as opened,
    ):
        yield opened


def test_a_new_question_is_told_step_by_step(engine: Engine, heard: Heard) -> None:
    told = engine.ask(QUESTION).to_dict()
    paths = {tuple(heard.path(span)) for span in heard.spans}
    build = ("ask", "build")
    steps = {("open",), ("plan",), ("lm", "lm.call")}
    steps |= {("need", step) for step in ("retrieve", "gate", "select")}
    assert {("ask", "cache.exact"), *((*build, *step) for step in steps)} <= paths
    (ask,) = heard.named("goeswith.ask")
    assert ask.attributes is not None
    assert ask.attributes["goeswith.tier"] == "none"
    assert len({span.context.trace_id for span in heard.spans if span.context}) == 1
    (made,) = heard.named("goeswith.build")
    assert made.attributes is not None
    assert made.attributes["goeswith.plan"] == told["plan"]["source"]
    assert made.attributes["goeswith.edges"] == len(told["graph"]["edges"])
    assert made.attributes["goeswith.lm_calls"] == told["cost"]["lm_calls"] > 0


def test_a_call_of_a_model_is_told_with_what_it_used(engine: Engine, heard: Heard) -> None:
    cost = engine.ask(QUESTION).to_dict()["cost"]
    calls = [dict(span.attributes or {}) for span in heard.named("goeswith.lm.call")]
    assert "plan" in {call["goeswith.program"] for call in calls}
    assert {call["goeswith.model"] for call in calls} == {"openai/fake"}
    assert {call["goeswith.outcome"] for call in calls} == {"ok"}
    assert sum(int(str(call["goeswith.tokens"])) for call in calls) == cost["lm_tokens"]
    assert sum(int(str(call["goeswith.calls"])) for call in calls) == cost["lm_calls"]


def test_a_hit_is_an_ask_and_a_look(engine: Engine, heard: Heard) -> None:
    engine.ask(QUESTION)
    heard.exporter.clear()
    engine.ask(QUESTION)
    assert [span.name for span in heard.spans] == ["goeswith.cache.exact", "goeswith.ask"]
    for span in heard.spans:
        assert span.attributes is not None
        assert span.attributes["goeswith.tier"] == "memory"


def test_no_span_holds_what_was_asked_or_is_sold(engine: Engine, heard: Heard) -> None:
    engine.ask(QUESTION)
    engine.ask(QUESTION)
    engine.ask(QUESTION.replace("what do I need", "I need"))
    with pytest.raises(GoeswithError):
        engine.ask("")
    assert len(heard.spans) > 20
    told = " ".join(span.to_json() for span in heard.spans).casefold()
    assert [word for word in PRIVATE if word in told] == []


def test_an_error_is_told_by_its_class_alone(heard: Heard) -> None:
    with (
        pytest.raises(ValueError, match="secret"),
        heard.tracer.span("step"),
    ):
        raise ValueError("secret words")
    (span,) = heard.spans
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "secret" not in span.to_json()


def test_a_request_goes_on_with_the_trace_it_was_sent_in(heard: Heard) -> None:
    trace_id, span_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {b"traceparent": f"00-{trace_id}-{span_id}-01".encode(), b"tracestate": b"shop=1"}
    with heard.tracer.request("GET", headers) as request:
        request.tell(route="/v1/ask", status=200)
    heard.tracer.requested("POST", headers, 0.25, route="/v1/ask", status=503)
    for span in heard.spans:
        assert span.context is not None
        assert span.parent is not None
        assert f"{span.context.trace_id:032x}" == trace_id
        assert f"{span.parent.span_id:016x}" == span_id
    first, second = heard.spans
    assert (first.name, second.name) == ("GET /v1/ask", "POST /v1/ask")
    assert (first.attributes or {})["http.response.status_code"] == 200
    assert second.status.status_code is StatusCode.ERROR
    assert second.start_time is not None
    assert second.end_time is not None
    assert second.end_time - second.start_time == pytest.approx(0.25e9, abs=1e3)


@pytest.mark.parametrize("sent", [b"", b"nonsense", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"])
def test_a_trace_that_cannot_be_read_is_a_new_one(heard: Heard, sent: bytes) -> None:
    with heard.tracer.request("GET", {b"traceparent": sent}):
        pass
    (span,) = heard.spans
    assert span.parent is None


def test_off_is_off() -> None:
    assert open_tracer(Telemetry()) is OFF
    with OFF.request("GET", {}) as request, OFF.span("step", number=1) as step:
        request.tell(status=200)
        step.tell(tier="memory")
    OFF.begin("call").end()
    OFF.requested("GET", {}, 0.1)
    OFF.close()


def test_nothing_is_loaded_when_it_is_off(home: Path) -> None:
    code = (
        "import sys; from goeswith.engine import Engine\n"
        f"with Engine.open({str(home)!r}) as engine: engine.ask('tripod for a Nikon Z6 II')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"GOESWITH_RETRIEVAL__EMBEDDER": "hash"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_without_the_extra_it_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "goeswith.engine.telemetry.otel", raising=False)
    settings = load_settings(environ={"GOESWITH_TELEMETRY__TRACES": "otlp"}, folder=home)
    with pytest.raises(SettingsError, match=r"pip install 'goeswith\[telemetry\]'"):
        Engine.open(home, settings=settings)
