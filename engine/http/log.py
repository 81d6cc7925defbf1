"""The access log: one JSON line a request, written in batches beside serving.

A line holds no question, no query, no address and no header a caller chose but the request id.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import time
import traceback
from typing import IO

import msgspec

EVERY_S = 0.25
MOST_BYTES = 2 * 2**20
"""What is kept until the next batch. More lines are counted and dropped: a log fills no memory."""


_HIT = (
    b'{"time":%.3f,"request_id":"%b","method":"%b","route":"/v1/ask","status":200,'
    b'"ms":%.3f,"tier":"%b","key":"%b"}\n'
)


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One request. `time` is Unix seconds, `key` the name of the API key."""

    time: float
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    tier: str = ""
    key: str = ""


class Act(msgspec.Struct, frozen=True, tag="admin", tag_field="event"):
    """What an operator did, for the audit: by whom and to how many things, not to which."""

    time: float
    request_id: str
    act: str
    key: str
    count: int


class AccessLog:
    """Collects lines and writes them from the event loop's spare moments.

    Lines are written into a buffer that is used again and again, so that thousands of hits a second
    ask the system for no new memory: as objects of their own they took 3,000 page faults a second.
    """

    def __init__(self, out: IO[bytes] | None = None) -> None:
        self._out = out or sys.stdout.buffer
        self._lines = io.BytesIO()
        self._spare: io.BytesIO | None = io.BytesIO()
        self._encoder = msgspec.json.Encoder()
        self.lost = 0

    def add(self, line: msgspec.Struct) -> None:
        """Take a line."""
        self._take(self._encoder.encode(line) + b"\n")

    def add_hit(self, request_id: bytes, method: bytes, ms: float, tier: bytes, key: bytes) -> None:
        """Take the line of a hit that took the short way; all of it is plain text."""
        self._take(_HIT % (time.time(), request_id, method, ms, tier, key))

    def flush(self) -> None:
        """Write what was taken."""
        self._write(self._taken())

    async def run(self) -> None:
        """Write every so often, in a thread, until cancelled; then write the rest."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                if self._lines.tell():
                    await asyncio.to_thread(self._write, self._taken())
        finally:
            self.flush()

    def _take(self, line: bytes) -> None:
        if self._lines.tell() < MOST_BYTES:
            self._lines.write(line)
        else:
            self.lost += 1

    def _taken(self) -> io.BytesIO:
        taken, self._lines = self._lines, self._spare or io.BytesIO()
        self._spare = None
        return taken

    def _write(self, taken: io.BytesIO) -> None:
        if taken.tell():
            with taken.getbuffer() as lines:
                self._out.write(lines[: taken.tell()])
            self._out.flush()
            taken.seek(0)
        self._spare = taken


class JsonFormatter(logging.Formatter):
    """Writes what other parts log as JSON lines too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        told: dict[str, object] = {
            "time": round(record.created, 3),
            "event": "log",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # Without the error's own words: they may hold what somebody typed.
            told["error"] = record.exc_info[0].__name__
            told["trace"] = "".join(traceback.format_tb(record.exc_info[2]))
        return msgspec.json.encode(told).decode()


def log_as_json() -> None:
    """Write what this process logs to standard error, a line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def now() -> float:
    """Return Unix seconds to the millisecond."""
    return round(time.time(), 3)
