"""The shortest way of a hit: from what the parser read to the bytes of the response.

The protocol takes it before any task, scope or message is made. It answers plain known asks alone;
for everything else it gives None, and the request goes the long way with the same result.
"""

from __future__ import annotations

import time

import xxhash

from goeswith.engine.http.access import Access
from goeswith.engine.http.errors import HttpError
from goeswith.engine.http.front import ASK, Ids
from goeswith.engine.http.hits import Hits, around
from goeswith.engine.http.limits import Limits
from goeswith.engine.http.log import AccessLog
from goeswith.engine.http.metrics import Metrics
from goeswith.engine.http.security import SAFE
from goeswith.engine.tracing import OFF, Tracer

_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b'%betag: W/"%b"\r\n'
    b"age: %d\r\n"
    b"cache-status: goeswith; hit; detail=%b\r\n"
    b"cache-control: private, no-cache\r\n"
    b"content-type: application/json\r\n"
    b"x-request-id: %b\r\n" + b"".join(b"%b: %b\r\n" % header for header in SAFE) + b""
    b"content-length: %d\r\n\r\n"
)


class Quick:
    """Hits of one service."""

    def __init__(
        self,
        hits: Hits,
        access: Access,
        limits: Limits,
        ids: Ids,
        metrics: Metrics,
        log: AccessLog | None,
        *,
        tracer: Tracer,
    ) -> None:
        """Take the short way with what is shared; `log` is None where hits are not logged."""
        self._look = hits.look
        self._allow, self._scope = access.allow, access.scope(ASK)
        self._spend = limits.spend
        self._id = ids.of
        self._hit = metrics.hit
        self._log = log
        self._requested = None if tracer is OFF else tracer.requested

    def answer(
        self, method: bytes, raw: bytes, headers: dict[bytes, bytes], fixed: bytes
    ) -> bytes | None:
        """Return the response to a known ask, or None.

        Args:
            method: GET or POST.
            raw: The query or the body.
            headers: The head of the request, names in lower case.
            fixed: Header lines that the server adds to every response.
        """
        began = time.perf_counter()
        try:
            key = self._allow(self._scope, headers)
            found = self._look(method + b" " + raw, began)
            if found is None:
                return None
            if key is not None:
                self._spend(key.name)
        except HttpError:
            return None
        known, hit = found
        payload = hit.payload
        tier = hit.tier
        told = tier.encode()
        request_id = self._id(headers.get(b"x-request-id"))
        seconds = time.perf_counter() - began
        front = around(known, hit, seconds)
        head = _HEAD % (
            fixed,
            xxhash.xxh3_64_hexdigest(payload).encode(),
            hit.age_s,
            told,
            request_id,
            len(front) + len(payload) - 1,
        )
        self._hit(tier, seconds)
        if self._log is not None:
            name = key.name.encode() if key is not None else b""
            self._log.add_hit(request_id, method, seconds * 1e3, told, name)
        if self._requested is not None:
            shown = request_id.decode()
            self._requested(
                method.decode(),
                headers,
                seconds,
                route=ASK,
                status=200,
                tier=tier,
                request_id=shown,
            )
        return b"".join((head, front, payload[1:]))
