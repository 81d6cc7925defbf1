"""Figures of workers in shared memory: whole or not at all, and never backwards."""

from __future__ import annotations

import multiprocessing

import pytest

from goeswith.engine.http.board import HALF, Board
from goeswith.engine.http.metrics import Counted, Figures, Histogram, Labels, Metrics, State


def figures(number: int) -> Figures:
    metrics = Metrics()
    for _ in range(number):
        metrics.hit("memory", 0.0004)
    return Figures(metrics.counted, State(running=number, workers=1, breakers={("m", "open"): 1.0}))


def test_what_a_forked_worker_tells_is_read_by_the_others() -> None:
    board = Board(3)
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=lambda n=n: board.place(n).tell(figures(n + 1))) for n in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    own = board.place(0)
    total = sum(own.others(), figures(1))
    assert total.counted.requests == {("/v1/ask", "200"): 6.0}
    assert sum(total.counted.latency["memory"].counts) == 6
    assert total.counted.latency["memory"].total == pytest.approx(6 * 0.0004)
    assert total.state == State(6, 0, 0, 3, {("m", "open"): 3.0})


def test_who_takes_over_a_place_counts_on() -> None:
    board = Board(2)
    first = board.place(0)
    for number in (1, 2, 3):
        first.tell(figures(number))
    second = board.place(0)
    assert second.before == figures(3)
    metrics = Metrics(second.before.counted)
    metrics.hit("memory", 0.1)
    second.tell(Figures(metrics.counted, State()))
    (told,) = board.place(1).others()
    assert told.counted.requests == {("/v1/ask", "200"): 4.0}


def test_a_half_that_is_being_written_is_not_read() -> None:
    board = Board(2)
    place = board.place(0)
    place.tell(figures(1))
    place.tell(figures(2))
    # As a worker leaves it that is killed in the middle of its third telling.
    board._shared[HALF + 20] ^= 0xFF
    assert board.place(1).others() == [figures(2)]
    board._shared[20] ^= 0xFF
    assert board.place(1).others() == []


def test_figures_that_do_not_fit_are_refused() -> None:
    place = Board(1).place(0)
    many: dict[Labels, float] = {(f"/{number}", "200"): 1.0 for number in range(10_000)}
    with pytest.raises(ValueError, match="bytes"):
        place.tell(Figures(Counted(requests=many), State()))


def test_a_sum_changes_neither_part() -> None:
    one, other = figures(1), figures(2)
    assert (one + other).counted.latency["memory"].counts[4 - 1] == 3
    assert one == figures(1)
    assert other == figures(2)
    assert one.counted.latency["memory"] + Histogram() == one.counted.latency["memory"]
