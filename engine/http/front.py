"""What every request passes before the router: caps, keys, the stored answer if there is one."""

from __future__ import annotations

import itertools
import logging
import os
import re
import time
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goeswith.cache import CacheError
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.access import Access
from goeswith.engine.http.errors import (
    HttpError,
    encode,
    internal,
    method_not_allowed,
    not_found,
    translated,
    unavailable,
)
from goeswith.engine.http.log import Line, now
from goeswith.engine.http.reading import check_head, check_json, check_length, read_body
from goeswith.engine.http.reply import JSON, UNSTORED, Headers, Reply, send_reply
from goeswith.engine.http.security import SAFE
from goeswith.engine.http.service import Service
from goeswith.engine.tracing import Span

ASK = "/v1/ask"
RAW = "goeswith.raw"
"""Scope entry: the bytes that stand for an ask, method and query or body."""

REQUEST_ID = "goeswith.request_id"

TIER = "goeswith.tier"
"""Scope entry: the cache tier of an answer that the router gave."""

KEY = "goeswith.key"
"""Scope entry: the API key that the request was sent with, or None."""

GONE = 499
"""What is logged of a client that left before its response."""

_LOG = logging.getLogger("goeswith.http")
_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Ids:
    """Request ids: the caller's own if it is plain, else a new one."""

    def __init__(self) -> None:
        self._prefix = os.urandom(5).hex()
        self._numbers = itertools.count()

    def of(self, given: bytes | None) -> bytes:
        """Return the id of a request that brought this one, or none."""
        if given is not None and _ID.fullmatch(given):
            return given
        return f"{self._prefix}{next(self._numbers):08x}".encode()


class Front:
    """An ASGI application around the router."""

    def __init__(
        self,
        inner: ASGIApp,
        service: Service,
        access: Access,
        ids: Ids,
        templates: Mapping[object, str],
    ) -> None:
        """Stand before a router.

        Args:
            inner: The router.
            service: What is shared.
            access: Who may ask for what.
            ids: Gives each request its id.
            templates: Endpoint to the path it is told by in logs and metrics.
        """
        self._inner = inner
        self._service = service
        self._access = access
        self._templates = templates
        self._logs_hits = service.settings.serve.access_log == "all"
        self._logs = service.settings.serve.access_log != "none"
        self.ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = dict(scope["headers"])
        with self._service.engine.tracer.request(scope["method"], headers) as span:
            await self._answer(scope, receive, send, headers, span)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes],
        span: Span,
    ) -> None:
        began = time.perf_counter()
        request_id = self.ids.of(headers.get(b"x-request-id"))
        more: Headers = [(b"x-request-id", request_id), *SAFE]
        sent = _Sent(send, more)
        scope[KEY] = None
        try:
            reply = await self._early(scope, headers, receive)
            if reply is None:
                scope[REQUEST_ID] = request_id.decode()
                scope["app"] = self
                await self._inner(scope, receive, sent)
        except ClientDisconnect:
            sent.status = sent.status or GONE
        except Exception as error:
            if sent.status:
                _LOG.error("Request %s ended in its middle", request_id.decode(), exc_info=error)
                raise
            refusal = _refusal(error, request_id)
            reply = Reply(refusal.status, _headers(refusal), encode(refusal, request_id.decode()))
        if reply is not None:
            await send_reply(reply, send, more)
        status, route, tier = self._told(
            scope, reply, sent, request_id, time.perf_counter() - began
        )
        span.tell(status=status, route=route, request_id=request_id.decode())
        if tier:
            span.tell(tier=tier)

    async def _early(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive
    ) -> Reply | None:
        """Return the response if it needs no router. Otherwise the scope is ready for it."""
        check_head(scope)
        check_length(headers)
        key = self._access.admit(scope["path"], headers)
        if key is not None:
            scope[KEY] = key
            self._service.limits.spend(key.name)
        if scope["path"] != ASK:
            return None
        method = scope["method"]
        if method == "GET":
            raw = b"GET " + scope["query_string"]
            scope[RAW] = raw
            return self._service.hits.find(raw, headers.get(b"if-none-match"))
        if method == "POST":
            check_json(headers)
            raw = b"POST " + await read_body(receive)
            scope[RAW] = raw
            return self._service.hits.find(raw)
        return None

    def _told(
        self, scope: Scope, reply: Reply | None, sent: _Sent, request_id: bytes, seconds: float
    ) -> tuple[int, str, str]:
        """Count a response and log it; return its status, route and tier."""
        status = reply.status if reply is not None else sent.status
        tier = reply.tier if reply is not None else scope.get(TIER, "")
        early = reply is not None and bool(tier)
        route = ASK if early else self._templates.get(scope.get("endpoint"), "none")
        self._service.metrics.answered(route, status, tier, seconds)
        if self._logs_hits if early else self._logs:
            key = scope[KEY]
            ms = round(seconds * 1e3, 3)
            name = key.name if key is not None else ""
            line = (now(), request_id.decode(), scope["method"], route, status, ms, tier, name)
            self._service.log.add(Line(*line))
        return status, route, tier


class _Sent:
    """Sends, with headers that every response has, and remembers the status."""

    def __init__(self, send: Send, more: Headers) -> None:
        self._send = send
        self._more = more
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message["headers"]}
            added = [(name, value) for name, value in self._more if name not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)


def _refusal(error: Exception, request_id: bytes) -> HttpError:
    """Return what an error is over HTTP. What nobody foresaw goes to the log, with its trace."""
    match error:
        case HttpError():
            return error
        case HTTPException(status_code=404):
            return not_found()
        case HTTPException(status_code=405):
            return method_not_allowed((error.headers or {}).get("Allow", "GET"))
        case GoeswithError():
            refusal = translated(error)
        case CacheError():
            refusal = unavailable("The cache cannot be used. The log of the service says why.")
        case _:
            _LOG.error("Unforeseen error in request %s", request_id.decode(), exc_info=error)
            return internal()
    if refusal.status >= 500:
        _LOG.error("Request %s: %s", request_id.decode(), error)
    return refusal


def _headers(refusal: HttpError) -> Headers:
    own = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    return [JSON, UNSTORED, *own]
