"""Rows on their way to a store: readable at once, in order, bounded, and nobody waits for them."""

from __future__ import annotations

import logging
import threading

import pytest

from goeswith.cache.behind import Behind

SOON = 30.0


class Slow:
    """Writes when it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.written: list[tuple[list[str], int]] = []

    def __call__(self, rows: list[str], since: int) -> None:
        assert self.go.wait(SOON)
        self.written.append((rows, since))


def test_what_waits_is_read_and_then_written_in_order() -> None:
    slow = Slow()
    behind: Behind[str] = Behind(slow)
    assert behind.put([("a", "1"), ("b", "2")], 7) == 2
    assert behind.put([("a", "3")], 8) == 1
    assert behind.put([], 9) == 0
    assert behind.of("a") == [("1", 7), ("3", 8)]
    assert behind.of("c") == []
    assert not behind.flush(0.0)
    slow.go.set()
    assert behind.flush(SOON)
    assert slow.written == [(["1", "2"], 7), (["3"], 8)]
    assert behind.of("a") == []
    assert behind.lost == 0


def test_it_goes_on_after_it_had_nothing_to_do() -> None:
    slow = Slow()
    slow.go.set()
    behind: Behind[str] = Behind(slow)
    for number in range(50):
        assert behind.put([("a", str(number))], 0)
        assert behind.flush(SOON)
    assert len(slow.written) == 50


def test_what_does_not_fit_is_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    behind: Behind[str] = Behind(slow, most=3)
    assert behind.put([("a", "1"), ("a", "2")], 0) == 2
    with caplog.at_level(logging.WARNING):
        assert behind.put([("a", "3"), ("a", "4")], 0) == 0
    assert "too many wait" in caplog.text
    assert behind.lost == 2
    assert [row for row, _ in behind.of("a")] == ["1", "2"]
    slow.go.set()
    assert behind.flush(SOON)
    assert behind.put([("a", "3"), ("a", "4")], 0) == 2
    assert behind.flush(SOON)


def test_a_failure_is_told_without_words_and_the_next_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    written: list[str] = []

    def write(rows: list[str], _since: int) -> None:
        if rows == ["bad"]:
            raise OSError("the disk knows jane@example.com")
        written.extend(rows)

    behind: Behind[str] = Behind(write)
    with caplog.at_level(logging.WARNING):
        behind.put([("a", "bad")], 0)
        behind.put([("a", "good")], 0)
        assert behind.flush(SOON)
    assert written == ["good"]
    assert behind.lost == 1
    assert "OSError" in caplog.text
    assert "jane" not in caplog.text
