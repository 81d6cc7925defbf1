"""A process that builds is started, watched, replaced and ended, and nobody is told untruths."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goeswith.engine.answer import Answer
from goeswith.engine.budget import Budget
from goeswith.engine.crew import apart
from goeswith.engine.crew.apart import Apart
from goeswith.engine.crew.work import silent
from goeswith.engine.crew.works import ASK, RELATIONS
from goeswith.engine.engine import Engine
from goeswith.engine.errors import BuilderLostError, HomeMissingError, UnknownProductError
from goeswith.engine.request import Request
from goeswith.engine.settings import Settings
from tests.engine.crew.conftest import Begin


def asked(crew: Apart, number: int) -> Future[Answer]:
    return crew.submit(ASK, Request(f"tripod for trip {number} with a Nikon Z6 II"), silent)


async def result(future: Future[Any]) -> Any:
    return await asyncio.wrap_future(future)


def test_an_error_of_the_engine_arrives_as_that_error(beginning: Begin) -> None:
    async def go() -> None:
        async with beginning() as (crew, _):
            with pytest.raises(UnknownProductError, match="no product"):
                await result(crew.submit(RELATIONS, "no such sku", silent))
            assert (await result(asked(crew, 1))).cache.tier == "none"

    asyncio.run(go())


def test_what_was_begun_fails_and_what_waits_is_done_by_the_next(beginning: Begin) -> None:
    async def go() -> None:
        async with beginning(most=1) as (crew, started):
            await crew.open()
            first, second = asked(crew, 1), asked(crew, 2)
            assert first.running()
            assert not second.running()
            started.all[0].kill()
            with pytest.raises(BuilderLostError, match="ask again"):
                await result(first)
            assert not crew.ready
            assert (await result(second)).cache.tier == "none"
            assert crew.restarts == 1
            assert len(started.all) == 2
            await crew.open()
            assert crew.ready

    asyncio.run(go())


def test_a_replaced_process_opens_the_index_by_itself(beginning: Begin) -> None:
    async def go() -> None:
        async with beginning() as (crew, started):
            await crew.open()
            started.all[0].kill()
            while crew.ready or not crew.restarts:
                await asyncio.sleep(0)
            while not crew.ready:
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(go(), 60))


def test_what_was_not_begun_can_be_cancelled(beginning: Begin) -> None:
    async def go() -> None:
        async with beginning(most=1) as (crew, _):
            first, second, third = (asked(crew, number) for number in range(3))
            assert second.cancel()
            assert not first.cancel() or not first.running()
            await asyncio.wait([asyncio.wrap_future(third)])
            assert third.done()

    asyncio.run(go())


def test_a_home_that_cannot_be_opened_is_told_to_all_who_wait(
    beginning: Begin, settings: Settings, tmp_path: Path
) -> None:
    async def go() -> None:
        nowhere = msgspec.structs.replace(settings, home=tmp_path / "nothing")
        async with beginning(settings=nowhere) as (crew, _):
            waiting = asked(crew, 1)
            with pytest.raises(HomeMissingError):
                await crew.open()
            with pytest.raises(HomeMissingError):
                await result(waiting)

    asyncio.run(go())


def test_a_process_that_cannot_be_started_is_told_and_tried_again(settings: Settings) -> None:
    tries: list[socket.socket] = []

    def start(stream: socket.socket) -> subprocess.Popen[bytes]:
        tries.append(stream)
        if len(tries) == 1:
            raise OSError(12, "Cannot allocate memory")
        return apart.start_child(stream)

    async def go() -> None:
        crew = Apart(settings, 1, start=start)
        await crew.begin()
        with pytest.raises(BuilderLostError, match="Cannot allocate memory"):
            await crew.open()
        await crew.open()
        await crew.end()
        assert len(tries) == 2

    asyncio.run(go())


def test_signals_to_a_whole_group_do_not_end_a_build(beginning: Begin) -> None:
    async def go() -> None:
        async with beginning(most=1) as (crew, started):
            await crew.open()
            running = asked(crew, 1)
            for name in (signal.SIGTERM, signal.SIGINT):
                os.kill(started.all[0].pid, name)
            assert (await result(running)).cache.tier == "none"
            assert crew.restarts == 0
        assert started.all[0].returncode == 0

    asyncio.run(go())


SPEAKS_NONSENSE = "import socket, sys; socket.socket(fileno=int(sys.argv[1])).sendall(b'\\xff' * 9)"
NEVER_ENDS = """
import signal, socket, sys
from goeswith.engine.crew.wire import Begun, framed
signal.signal(signal.SIGTERM, signal.SIG_IGN)
socket.socket(fileno=int(sys.argv[1])).sendall(framed(Begun()))
while True:
    signal.pause()
"""


GIVES_NONSENSE = """
import socket, sys
import msgspec
from goeswith.engine.crew.wire import Begun, Do, Done, Frames, framed, read_order
stream, frames = socket.socket(fileno=int(sys.argv[1])), Frames()
stream.sendall(framed(Begun()))
while data := stream.recv(65_536):
    for order in map(read_order, frames.feed(data)):
        if isinstance(order, Do):
            stream.sendall(framed(Done(order.id, msgspec.Raw(msgspec.msgpack.encode(7)))))
"""


def starting(script: str) -> Any:
    def start(stream: socket.socket) -> subprocess.Popen[bytes]:
        number = stream.fileno()
        return subprocess.Popen([sys.executable, "-c", script, str(number)], pass_fds=(number,))

    return start


def test_a_process_that_speaks_nonsense_is_not_believed(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        crew = Apart(settings, 1, start=starting(SPEAKS_NONSENSE))
        await crew.begin()
        with pytest.raises(BuilderLostError):
            await crew.open()
        await crew.end()

    asyncio.run(go())
    assert "cannot be understood" in caplog.text


def test_a_result_that_cannot_be_read_keeps_nobody_waiting(settings: Settings) -> None:
    async def go() -> None:
        crew = Apart(settings, 1, start=starting(GIVES_NONSENSE))
        await crew.begin()
        with pytest.raises(BuilderLostError):
            await result(asked(crew, 1))
        await crew.end()

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_process_that_does_not_end_is_ended(settings: Settings) -> None:
    async def go() -> None:
        crew = Apart(settings, 1, start=starting(NEVER_ENDS), patience_s=0.2)
        await crew.begin()
        opening = asyncio.create_task(crew.open())
        await crew.end()
        with pytest.raises(BuilderLostError):
            await opening

    asyncio.run(asyncio.wait_for(go(), 60))


def test_a_process_that_does_not_answer_holds_up_no_scrape(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "FLUSH_S", 0.05)

    async def go() -> None:
        crew = Apart(settings, 1, start=starting(NEVER_ENDS), patience_s=0.1)
        await crew.begin()
        waiting = asked(crew, 1)
        while not waiting.running():
            await asyncio.sleep(0)
        await crew.flush()
        await crew.end()

    asyncio.run(asyncio.wait_for(go(), 60))


def test_what_is_stale_is_built_again_there_once_in_a_while(
    beginning: Begin, settings: Settings
) -> None:
    now = [100.0]

    async def go() -> None:
        async with beginning(clock=lambda: now[0]) as (crew, _):
            assert not crew.mend("early", Request("lens"), Budget())
            await crew.open()
            assert crew.mend("lens", Request("lens"), Budget())
            assert not crew.mend("lens", Request("lens"), Budget())
            assert crew.mend("tripod", Request("tripod"), Budget())
            while (counts := crew.counts()) is None or counts.done < 2:
                await asyncio.sleep(0)
            now[0] += apart.REST_S + 1
            assert crew.mend("lens", Request("lens"), Budget())

    asyncio.run(asyncio.wait_for(go(), 60))
    with Engine.open(settings.home, settings=settings) as engine:
        assert engine.look("lens") is not None
        assert engine.look("tripod") is not None


def test_what_was_counted_is_there_when_it_is_asked_for(
    beginning: Begin, settings: Settings
) -> None:
    async def go() -> None:
        async with beginning() as (crew, _):
            await result(asked(crew, 1))
            await crew.flush()
            with Engine.open(settings.home, settings=settings) as engine:
                assert engine.usage.counts()["builds"] == 1

    asyncio.run(go())
