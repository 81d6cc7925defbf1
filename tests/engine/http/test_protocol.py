"""Connections: what is answered the short way keeps its order beside all else, and its life."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn

from goeswith.engine.http.protocol import DrainState, Guard, protocol_with

PATIENCE_S = 60.0
LENS, BATTERY = "lens+for+Canon+EOS+R10", "battery+for+Canon+EOS+R10"


def request(path: str, *lines: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode()


def ask(question: str, *lines: str) -> bytes:
    return request(f"/v1/ask?question={question}", *lines)


def read_until_closed(open_: socket.socket) -> bytes:
    seen = b""
    while part := open_.recv(65_536):
        seen += part
    return seen


def told(seen: bytes) -> list[tuple[int, str]]:
    """Return the status of each response and the id of its request."""
    heads = re.findall(rb"HTTP/1\.1 (\d{3})[^\r]*\r\n(.*?)\r\n\r\n", seen, re.DOTALL)
    ids = [re.search(rb"x-request-id: (\S+)", head) for _, head in heads]
    return [
        (int(status), found.group(1).decode() if found else "")
        for (status, _), found in zip(heads, ids, strict=True)
    ]


@pytest.fixture(params=[1, 3], ids=["alone", "beside-others"])
def asked(request: Any, served: Any) -> Iterator[socket.socket]:
    """A connection, alone or beside others; the two questions are hits."""
    with served.client() as client:
        for question in (LENS, BATTERY):
            for _ in range(2):
                client.get(f"/v1/ask?question={question}")
    with ExitStack() as stack:
        every = [
            stack.enter_context(socket.create_connection(served.address, timeout=PATIENCE_S))
            for _ in range(request.param)
        ]
        for other in every[1:]:
            other.sendall(ask(LENS))
            other.recv(65_536)
        yield every[0]


def test_requests_sent_at_once_are_answered_in_their_order(asked: socket.socket) -> None:
    asked.sendall(
        ask(LENS, "X-Request-Id: 1")
        + ask(BATTERY, "X-Request-Id: 2")
        + request("/v1/nothing", "X-Request-Id: 3")
        + ask(LENS, "X-Request-Id: 4")
        + request("/healthz", "X-Request-Id: 5")
        + ask(BATTERY, "X-Request-Id: 6", "Connection: close")
    )
    seen = read_until_closed(asked)
    assert told(seen) == [(200, "1"), (200, "2"), (404, "3"), (200, "4"), (200, "5"), (200, "6")]


def test_an_answer_comes_before_the_refusal_of_what_follows_it(asked: socket.socket) -> None:
    asked.sendall(ask(LENS, "X-Request-Id: 1") + b"\x16\x03\x01 no HTTP\r\n\r\n")
    assert told(read_until_closed(asked)) == [(200, "1"), (400, "")]


def test_a_client_that_has_no_more_to_say_gets_its_answer(asked: socket.socket) -> None:
    asked.sendall(ask(LENS, "X-Request-Id: 1"))
    asked.shutdown(socket.SHUT_WR)
    assert told(read_until_closed(asked)) == [(200, "1")]


def test_two_hundred_hits_sent_at_once_are_all_answered(asked: socket.socket) -> None:
    asked.sendall(b"".join(ask(LENS, f"X-Request-Id: {n}") for n in range(199)))
    asked.sendall(ask(BATTERY, "X-Request-Id: 199", "Connection: close"))
    assert told(read_until_closed(asked)) == [(200, str(n)) for n in range(200)]


def test_what_waits_to_be_written_is_written_before_the_service_ends(
    start: Any, indexed_camera: Any, tmp_path: Any
) -> None:
    shutil.copytree(indexed_camera, tmp_path / "home")
    served = start(tmp_path / "home")
    with served.client() as client:
        client.get(f"/v1/ask?question={LENS}")
    with ExitStack() as stack:
        every = [
            stack.enter_context(socket.create_connection(served.address, timeout=PATIENCE_S))
            for _ in range(40)
        ]
        for one in every:
            one.sendall(ask(LENS))
        served.process.terminate()
        assert [told(read_until_closed(one))[0][0] for one in every] == [200] * 40
    assert served.stop() == 0


class Clock:
    """An event loop whose time is told; what is called later is called when its time has come."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None], Any]] = []
        self.made = 0

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Any:
        handle = Handle()
        self.later.append((self.now + seconds, call, handle))
        self.made += 1
        return handle

    def create_task(self, work: Any, **_: object) -> Any:
        """Do all of a work that waits for nothing."""
        with pytest.raises(StopIteration):
            work.send(None)
        return Task()

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [entry for entry in self.later if entry[0] <= until]:
            first = min(due, key=lambda entry: entry[0])
            self.later.remove(first)
            self.now = first[0]
            if not first[2].cancelled:
                first[1]()
        self.now = until


class Task:
    def add_done_callback(self, _: object) -> None:
        pass


class Handle:
    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, _: str, default: object = None) -> object:
        return default


class Known:
    """Answers every question but one."""

    def answer(self, _: bytes, query: bytes, *__: object) -> bytes | None:
        return None if query.endswith(b"=new") else b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def application(_: object, __: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def connection() -> Any:
    config = uvicorn.Config(application, lifespan="off", log_config=None)
    config.load()
    made: Any = protocol_with(Guard(60.0, 60.0, 4_096), Known())  # type: ignore[arg-type]
    connection = made(config, DrainState(), {}, Clock())
    connection.connection_made(Wire())
    return connection


def assert_it_stays(connection: Any, seconds: float) -> None:
    """Let time pass: an idle connection stays so long, and no longer."""
    connection.loop.pass_time(seconds - 0.01)
    assert not connection.transport.closed
    connection.loop.pass_time(0.02)
    assert connection.transport.closed


def test_hits_keep_their_connection_and_take_one_timer(connection: Any) -> None:
    clock, stays = connection.loop, connection.timeout_keep_alive
    connection.data_received(ask(LENS))
    made = clock.made
    for _ in range(20):
        clock.pass_time(stays / 4)
        connection.data_received(ask(LENS))
    assert clock.made - made <= 6
    assert len(connection.transport.written) == 21
    assert not connection.transport.closed


def test_an_idle_connection_ends_when_its_time_is_over(connection: Any) -> None:
    clock, stays = connection.loop, connection.timeout_keep_alive
    connection.data_received(ask(LENS))
    clock.pass_time(stays / 2)
    connection.data_received(ask(LENS))
    assert_it_stays(connection, stays)


def test_a_head_that_is_arriving_is_not_idle_but_late(connection: Any) -> None:
    clock, stays = connection.loop, connection.timeout_keep_alive
    connection.data_received(ask(LENS))
    clock.pass_time(stays - 0.01)
    connection.data_received(ask(LENS)[:20])
    clock.pass_time(1.0)
    assert not connection.transport.closed
    connection.data_received(ask(LENS)[20:])
    assert len(connection.transport.written) == 2
    assert_it_stays(connection, stays)


def test_a_head_that_came_with_a_hit_is_waited_for(connection: Any) -> None:
    clock, stays = connection.loop, connection.timeout_keep_alive
    connection.data_received(ask(LENS))
    connection.data_received(ask(LENS) + ask(LENS)[:20])
    clock.pass_time(3 * stays)
    assert not connection.transport.closed
    connection.data_received(ask(LENS)[20:])
    assert len(connection.transport.written) == 3
    clock.pass_time(stays - 0.01)
    assert not connection.transport.closed


def test_what_goes_the_long_way_keeps_its_connection_too(connection: Any) -> None:
    clock, stays = connection.loop, connection.timeout_keep_alive
    connection.data_received(ask(LENS))
    clock.pass_time(stays / 2)
    connection.data_received(ask("new"))
    assert connection.transport.written[1].startswith(b"HTTP/1.1 204")
    clock.pass_time(stays - 0.01)
    assert not connection.transport.closed
    connection.data_received(ask(LENS))
    assert_it_stays(connection, stays)


def test_an_application_is_told_of_a_request_as_it_came(connection: Any) -> None:
    connection.data_received(ask("new", "X-One: 1", "X-Two: 2", "Expect: 100-continue"))
    scope = connection.cycle.scope
    assert (scope["path"], scope["query_string"]) == ("/v1/ask", b"question=new")
    assert scope["headers"] == [
        (b"host", b"localhost"),
        (b"x-one", b"1"),
        (b"x-two", b"2"),
        (b"expect", b"100-continue"),
    ]
    assert connection.expect_100_continue
    connection.data_received(ask("new"))
    assert connection.cycle.scope["headers"] == [(b"host", b"localhost")]
    assert not connection.expect_100_continue
