import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from goeswith.cache.disk import DiskStore
from goeswith.cache.flight import SHARDS, Flights

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def nothing() -> None:
    return None


class Builder:
    """A build that waits at a gate and counts."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.began = threading.Event()
        self.builds = 0
        self.error: BaseException | None = None

    def __call__(self) -> str:
        self.builds += 1
        self.began.set()
        assert self.gate.wait(20)
        if self.error is not None:
            raise self.error
        return "built"


def until(condition: Callable[[], bool]) -> None:
    """Yield the processor until `condition` holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


async def auntil(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


def test_two_hundred_threads_cause_one_build(tmp_path: Path) -> None:
    flights: Flights[str] = Flights(tmp_path)
    build = Builder()
    with ThreadPoolExecutor(200) as pool:
        results = [pool.submit(flights.do, "k", build, nothing) for _ in range(200)]
        until(lambda: flights.counts.led + flights.counts.joined == 200)
        build.gate.set()
        assert {future.result() for future in results} == {"built"}
    assert build.builds == 1


def test_two_hundred_tasks_cause_one_build_and_survive_a_cancelled_leader() -> None:
    builds = 0

    async def main() -> list[Any]:
        flights: Flights[str] = Flights()
        gate = asyncio.Event()

        async def build() -> str:
            nonlocal builds
            builds += 1
            await gate.wait()
            return "built"

        tasks = [asyncio.create_task(flights.ado("k", build, nothing)) for _ in range(200)]
        await auntil(lambda: builds == 1 and flights.counts.joined == 199)
        tasks[0].cancel()
        tasks[7].cancel()
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(main())
    assert builds == 1
    assert [number for number, result in enumerate(results) if result != "built"] == [0, 7]
    assert all(isinstance(results[number], asyncio.CancelledError) for number in (0, 7))


def test_a_caller_that_gives_up_harms_nobody() -> None:
    flights: Flights[str] = Flights()
    build = Builder()
    with pytest.raises(TimeoutError):
        flights.do("k", build, nothing, timeout=0.01)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(flights.do, "k", build, nothing)
        until(lambda: flights.counts.joined == 1)
        build.gate.set()
        assert second.result() == "built"
    assert build.builds == 1


def test_an_error_reaches_all_and_is_not_kept() -> None:
    flights: Flights[str] = Flights()
    build = Builder()
    build.error = ValueError("no LM")
    with ThreadPoolExecutor(20) as pool:
        results = [pool.submit(flights.do, "k", build, nothing) for _ in range(20)]
        until(lambda: flights.counts.led + flights.counts.joined == 20)
        build.gate.set()
        assert {str(future.exception()) for future in results} == {"no LM"}
    build.error = None
    assert flights.do("k", build, nothing) == "built"
    assert build.builds == 2


def test_what_is_stored_in_the_meantime_is_not_built() -> None:
    flights: Flights[str] = Flights()
    assert flights.do("k", lambda: pytest.fail("built"), lambda: "stored") == "stored"
    assert flights.counts.found == 1


def test_different_keys_fly_at_once() -> None:
    flights: Flights[str] = Flights()
    barrier = threading.Barrier(5, timeout=20)

    def build() -> str:
        barrier.wait()
        return "built"

    with ThreadPoolExecutor(5) as pool:
        results = [pool.submit(flights.do, f"k{n}", build, nothing) for n in range(5)]
        assert {future.result() for future in results} == {"built"}


def test_threads_and_tasks_share_a_flight() -> None:
    flights: Flights[str] = Flights()
    build = Builder()

    async def abuild() -> str:
        raise AssertionError("built twice")

    async def main() -> str:
        waiting = asyncio.create_task(flights.ado("k", abuild, nothing))
        await auntil(lambda: flights.counts.joined == 1)
        build.gate.set()
        return await waiting

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.do, "k", build, nothing)
        assert build.began.wait(20)
        assert asyncio.run(main()) == "built"
        assert first.result() == "built"


def test_a_closed_event_loop_hands_its_flight_on() -> None:
    flights: Flights[str] = Flights()
    led = threading.Event()
    close = threading.Event()

    async def forever() -> str:
        led.set()
        await asyncio.Event().wait()
        return "never"

    async def lead() -> None:
        task = asyncio.create_task(flights.ado("k", forever, nothing))
        await asyncio.to_thread(close.wait, 20)
        task.cancel()

    build = Builder()
    build.gate.set()
    with ThreadPoolExecutor(2) as pool:
        loop = pool.submit(asyncio.run, lead())
        assert led.wait(20)
        follower = pool.submit(flights.do, "k", build, nothing)
        until(lambda: flights.counts.joined == 1)
        close.set()
        loop.result(20)
        assert follower.result(20) == "built"


def test_context_variables_reach_the_build() -> None:
    import contextvars

    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")
    name.set("budget")
    flights: Flights[str] = Flights()
    assert flights.do("k", name.get, nothing) == "budget"


def test_patience_with_a_hung_process_ends(tmp_path: Path) -> None:
    flights: Flights[str] = Flights(tmp_path, patience_s=0.05)
    locks = [FileLock(tmp_path / f"{shard:03x}.lock") for shard in range(SHARDS)]
    wanted = flights._turn("k")._lock
    assert wanted is not None
    held = next(lock for lock in locks if lock.lock_file == wanted.lock_file)
    with held:
        assert flights.do("k", lambda: "built", nothing) == "built"
    assert flights.counts.unlocked == 1


def test_a_folder_that_cannot_be_locked_is_no_reason_not_to_build(tmp_path: Path) -> None:
    flights: Flights[str] = Flights(tmp_path / "locks")
    (tmp_path / "locks").rmdir()
    (tmp_path / "locks").write_text("no folder")
    assert flights.do("k", lambda: "built", nothing) == "built"
    assert flights.counts.unlocked == 1


def ask_from_many_threads(folder: Path, start: Any, log: Path) -> None:
    store = DiskStore(folder / "store", synchronous="NORMAL")
    flights: Flights[bytes] = Flights(folder / "locks")

    def build() -> bytes:
        with log.open("a") as file:
            file.write("built\n")
        store.set("k", b"answer")
        return b"answer"

    def ask() -> bytes:
        return store.get("k") or flights.do("k", build, lambda: store.get("k"))

    start.wait(30)
    with ThreadPoolExecutor(200) as pool:
        assert {future.result() for future in [pool.submit(ask) for _ in range(200)]} == {b"answer"}
    store.close()


def test_four_processes_with_two_hundred_callers_each_cause_one_build(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start = context.Barrier(4)
    log = tmp_path / "log"
    workers = [
        context.Process(target=ask_from_many_threads, args=(tmp_path, start, log)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert log.read_text() == "built\n"


def hold(folder: Path, ready: Any) -> None:
    def build() -> bytes:
        ready.set()
        threading.Event().wait()
        return b""

    Flights[bytes](folder).do("k", build, nothing)


def test_a_killed_leader_frees_its_turn(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    leader = context.Process(target=hold, args=(tmp_path, ready))
    leader.start()
    assert ready.wait(20)
    flights: Flights[str] = Flights(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(flights.do, "k", lambda: "built", nothing)
        leader.kill()
        leader.join()
        assert waiting.result(20) == "built"
    assert flights.counts.unlocked == 0


def test_a_forked_child_starts_with_no_flights(tmp_path: Path) -> None:
    flights: Flights[str] = Flights(tmp_path)
    build = Builder()
    context = multiprocessing.get_context("fork")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.do, "k", build, nothing)
        assert build.began.wait(20)
        child = context.Process(target=lambda: flights.do("other", lambda: "built", nothing))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        build.gate.set()
        assert first.result() == "built"
