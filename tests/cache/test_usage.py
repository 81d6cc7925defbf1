import logging
import threading
from pathlib import Path

import pytest

from goeswith.cache.usage import FILE_NAME, Usage


def test_counts_add_up_over_openers(tmp_path: Path) -> None:
    first, second = Usage(tmp_path), Usage(tmp_path)
    first.count("hits", 2)
    second.count("hits")
    second.count("misses")
    first.flush()
    assert second.counts() == {"hits": 3, "misses": 1}
    assert Usage(tmp_path).counts() == {"hits": 3, "misses": 1}


def test_the_most_asked_comes_first(tmp_path: Path) -> None:
    now = [1.0]
    usage = Usage(tmp_path, clock=lambda: now[0])
    for key in ("b", "a", "b"):
        usage.asked(key, f"[find] {key}", "en")
    now[0] = 2.0
    usage.flush()
    usage.asked("a", "[find] a", "en")
    assert [(entry.key, entry.asks) for entry in usage.popular()] == [("a", 2), ("b", 2)]
    assert usage.popular(1)[0].last == 2.0
    assert usage.asks_of("b") == 2
    assert usage.asks_of("z") == 0


def test_no_more_questions_are_remembered_than_allowed(tmp_path: Path) -> None:
    usage = Usage(tmp_path, most=100)
    for number in range(90):
        for _ in range(2):
            usage.asked(f"much{number}", "m", "en")
    usage.flush()
    for number in range(50):
        usage.asked(f"little{number}", "l", "en")
    kept = usage.popular(1000)
    assert len(kept) <= 100
    assert sum(entry.key.startswith("much") for entry in kept) == 90


def test_many_threads_lose_no_count(tmp_path: Path) -> None:
    usage = Usage(tmp_path)

    def work() -> None:
        for _ in range(200):
            usage.count("asks")
        usage.flush()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert usage.counts() == {"asks": 1600}


def test_without_a_folder_counts_last_as_long_as_the_process() -> None:
    usage = Usage(None)
    usage.count("asks")
    usage.asked("k", "[find] k", "en")
    usage.flush()
    assert usage.counts() == {"asks": 1}
    assert usage.popular()[0].asks == 1


def test_a_damaged_file_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    usage = Usage(tmp_path)
    usage.count("asks")
    with caplog.at_level(logging.WARNING):
        usage.flush()
    assert "not kept" in caplog.text
    assert usage.counts() == {"asks": 1}
    assert Usage(tmp_path).counts() == {"asks": 1}
