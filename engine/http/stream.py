"""A build as server-sent events: plan, rank, need, edge, answer. A stored answer tells the same.

Several streams of one question hear one build. Who leaves stops waiting and stops nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent

from goeswith.engine.answer import Answer
from goeswith.engine.crew.work import Telling, replay
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.asking import Desk, Understood
from goeswith.engine.http.builds import Event, Flight
from goeswith.engine.http.errors import Fault, Refusal, internal, translated
from goeswith.engine.http.service import Service
from goeswith.engine.request import Request

EVENTS = ("plan", "rank", "need", "edge", "answer", "error")


def stream(
    service: Service, asked: Request, request_id: str, found: Answer | None
) -> EventSourceResponse:
    """Return the stream of an ask. `found` is the stored answer, if there is one.

    Raises:
        HttpError: too many builds wait.
    """
    desk = service.desk
    if found is not None:
        events = _stored(found)
    else:
        understood = desk.read(asked)
        events = _built(desk, understood, desk.join(understood), request_id)
    return EventSourceResponse(
        events,
        ping=service.settings.serve.heartbeat_s,
        ping_message_factory=_heartbeat,
        sep="\n",
        shutdown_grace_period=service.settings.serve.drain_s,
    )


async def _stored(answer: Answer) -> AsyncIterator[ServerSentEvent]:
    for event in _replayed(answer):
        yield _sent(event)
    yield _sent(Event("answer", answer.json()))


async def _built(
    desk: Desk, understood: Understood, flight: Flight[Answer], request_id: str
) -> AsyncIterator[ServerSentEvent]:
    try:
        silent = True
        async for event in flight.heard():
            silent = False
            yield _sent(event)
        error = flight.result.exception()
        if error is not None:
            yield _sent(_failed(error, request_id))
            return
        answer = desk.landed(understood, flight)
        if silent:
            # Another process built it.
            for event in _replayed(answer):
                yield _sent(event)
        yield _sent(Event("answer", answer.json()))
    finally:
        desk.leave(understood, flight)


def _replayed(answer: Answer) -> list[Event]:
    events: list[Event] = []
    replay(answer.data(), Telling(lambda name, data: events.append(Event(name, data))))
    return events


def _failed(error: BaseException, request_id: str) -> Event:
    refusal = translated(error) if isinstance(error, GoeswithError) else internal()
    fault = Fault(refusal.code, refusal.message, request_id)
    return Event("error", msgspec.json.encode(Refusal(fault)))


def _sent(event: Event) -> ServerSentEvent:
    return ServerSentEvent(event=event.name, data=event.data.decode(), sep="\n")


def _heartbeat() -> ServerSentEvent:
    return ServerSentEvent(comment="still here", sep="\n")
