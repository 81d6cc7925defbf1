"""A response that is ready to be sent as it is."""

from __future__ import annotations

from typing import NamedTuple

import xxhash
from starlette.types import Send

from goeswith.engine.answer import Answer

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
UNSTORED = (b"cache-control", b"no-store")


class Reply(NamedTuple):
    """Status, headers without the length, body, and the cache tier it came from, if any."""

    status: int
    headers: Headers
    body: bytes
    tier: str = ""


async def send_reply(reply: Reply, send: Send, more: Headers) -> None:
    """Send a reply as ASGI messages, with more headers."""
    headers = reply.headers + more
    if reply.status != 304:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def answer_reply(answer: Answer, tagged: bytes | None = None) -> Reply:
    """Return the response that carries an answer, or 304 if the client has it.

    Args:
        answer: The answer.
        tagged: The If-None-Match header, for methods that have conditional requests.
    """
    info = answer.cache
    etag = etag_of(answer.body)
    headers: Headers = [
        (b"etag", etag),
        (b"age", b"%d" % info.age_s),
        (b"cache-status", b"goeswith; " + _STATUS[info.tier, info.stale]),
        (b"cache-control", b"private, no-cache"),
    ]
    if tagged is not None and matches(tagged, etag):
        return Reply(304, headers, b"", info.tier)
    headers.append(JSON)
    return Reply(200, headers, answer.json(), info.tier)


def etag_of(body: bytes) -> bytes:
    """Return the entity tag of stored bytes.

    It is weak: the age and the cost around the same stored bytes differ from ask to ask.
    """
    return b'W/"' + xxhash.xxh3_64_hexdigest(body).encode() + b'"'


def matches(tagged: bytes, etag: bytes) -> bool:
    """Tell whether an If-None-Match header names an entity tag (weak comparison)."""
    plain = etag.removeprefix(b"W/")
    return any(
        item.strip().removeprefix(b"W/") == plain or item.strip() == b"*"
        for item in tagged.split(b",")
    )


_STATUS = {
    (tier, stale): (f"hit; detail={tier}{'-stale' if stale else ''}").encode()
    for tier in ("memory", "disk", "shared", "paraphrase")
    for stale in (False, True)
} | {("none", False): b"fwd=miss", ("none", True): b"fwd=miss"}
"""Cache-Status (RFC 9211) by tier and staleness."""
