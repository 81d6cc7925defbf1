"""The access log: every line once and whole, or counted as lost."""

from __future__ import annotations

import asyncio
import io
import json

from goeswith.engine.http import log
from goeswith.engine.http.log import AccessLog, Line


def lines(out: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def line(number: int) -> Line:
    return Line(1.5, f"id-{number}", "GET", "/v1/ask", 200, 0.25)


def test_lines_of_both_ways_are_written_in_their_order() -> None:
    out = io.BytesIO()
    kept = AccessLog(out)
    kept.add(line(1))
    kept.add_hit(b"id-2", b"POST", 0.0312, b"memory", b"shop")
    kept.flush()
    first, second = lines(out)
    assert first["request_id"] == "id-1"
    assert second.pop("time")
    assert second == {
        "request_id": "id-2", "method": "POST", "route": "/v1/ask", "status": 200, "ms": 0.031,
        "tier": "memory", "key": "shop",
    }  # fmt: skip


def test_a_buffer_that_is_used_again_tells_nothing_twice() -> None:
    out = io.BytesIO()
    kept = AccessLog(out)
    for number in range(5):
        for _ in range(5 - number):
            kept.add(line(number))
        kept.flush()
    kept.flush()
    told = [entry["request_id"] for entry in lines(out)]
    assert told == [f"id-{n}" for n in range(5) for _ in range(5 - n)]


def test_lines_that_come_while_others_are_written_are_kept() -> None:
    class Slow(io.BytesIO):
        def write(self, data: object) -> int:
            kept.add(line(2))
            return super().write(data)  # type: ignore[arg-type]

    out = Slow()
    kept = AccessLog(out)
    kept.add(line(1))
    kept.flush()
    kept.flush()
    assert [entry["request_id"] for entry in lines(out)][:2] == ["id-1", "id-2"]


def test_what_is_over_the_bound_is_counted() -> None:
    out = io.BytesIO()
    kept = AccessLog(out)
    long = "x" * 1_000
    for _ in range(log.MOST_BYTES // 1_000 + 50):
        kept.add(Line(1.5, long, "GET", "/v1/ask", 200, 0.25))
    kept.flush()
    assert kept.lost > 0
    assert len(lines(out)) + kept.lost == log.MOST_BYTES // 1_000 + 50
    assert len(out.getvalue()) < log.MOST_BYTES + 2_000
    kept.add(line(1))
    kept.flush()
    assert lines(out)[-1]["request_id"] == "id-1"


def test_what_is_left_is_written_at_the_end() -> None:
    out = io.BytesIO()
    kept = AccessLog(out)

    async def go() -> None:
        running = asyncio.create_task(kept.run())
        await asyncio.sleep(0)
        kept.add(line(1))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(go())
    assert [entry["request_id"] for entry in lines(out)] == ["id-1"]
