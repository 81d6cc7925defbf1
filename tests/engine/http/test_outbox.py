"""Responses that leave together leave whole, in order, and never over a connection that is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goeswith.engine.http.outbox import Outbox


class Wire:
    """A connection that keeps what is written."""

    def __init__(self, told: list[tuple[str, bytes]], name: str) -> None:
        self.told = told
        self.name = name
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        assert not self.closing
        self.told.append((self.name, data))


class Turns:
    """An event loop that turns when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def test_what_was_put_in_one_turn_is_written_in_the_next() -> None:
    box: Any = Outbox()
    told: list[tuple[str, bytes]] = []
    loop, one, two = Turns(), Wire(told, "one"), Wire(told, "two")
    box.put(one, b"1", loop)
    box.put(two, b"2", loop)
    assert told == []
    assert len(loop.calls) == 1
    loop.turn()
    assert told == [("one", b"1"), ("two", b"2")]
    loop.turn()
    assert len(told) == 2
    box.put(one, b"3", loop)
    loop.turn()
    assert told[2:] == [("one", b"3")]


def test_a_connection_has_one_response_waiting_and_its_order_is_kept() -> None:
    box: Any = Outbox()
    told: list[tuple[str, bytes]] = []
    loop, one, two = Turns(), Wire(told, "one"), Wire(told, "two")
    for number in (b"1", b"2", b"3"):
        box.put(one, number, loop)
        box.put(two, number, loop)
    loop.turn()
    assert [data for name, data in told if name == "one"] == [b"1", b"2", b"3"]
    assert [data for name, data in told if name == "two"] == [b"1", b"2", b"3"]
    assert told[:2] == [("one", b"1"), ("two", b"1")]


def test_who_left_meanwhile_costs_the_others_nothing() -> None:
    box: Any = Outbox()
    told: list[tuple[str, bytes]] = []
    loop, gone, here = Turns(), Wire(told, "gone"), Wire(told, "here")
    box.put(gone, b"1", loop)
    box.put(here, b"2", loop)
    gone.closing = True
    loop.turn()
    assert told == [("here", b"2")]


def test_it_can_be_sent_before_its_turn() -> None:
    box: Any = Outbox()
    told: list[tuple[str, bytes]] = []
    loop, one = Turns(), Wire(told, "one")
    box.put(one, b"1", loop)
    box.send()
    assert told == [("one", b"1")]
    loop.turn()
    assert told == [("one", b"1")]
