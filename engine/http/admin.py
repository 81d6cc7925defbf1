"""What an operator changes while the service runs. Each act is written to the audit log."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from goeswith.engine.http.front import KEY, REQUEST_ID
from goeswith.engine.http.log import Act, now
from goeswith.engine.http.reading import check_json, read_body, read_json
from goeswith.engine.http.reply import UNSTORED
from goeswith.engine.http.service import Service
from goeswith.engine.http.shapes import Dropped, Invalidate, Reload, Reloaded

_invalidates = msgspec.json.Decoder(Invalidate)
_reloads = msgspec.json.Decoder(Reload)


class Admin:
    """The admin endpoints."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def invalidate(self, http: HttpRequest) -> Response:
        """Drop what names a product or a type, or all."""
        wanted = read_json(_invalidates, await _body(http))
        self._note(http, "invalidate", len(wanted.skus) + len(wanted.types) or int(wanted.all))
        gone = await asyncio.to_thread(
            self._service.engine.invalidate,
            skus=wanted.skus,
            types=wanted.types,
            everything=wanted.all,
        )
        return _told(Dropped(gone.memory, gone.disk, gone.shared, gone.edges))

    async def catalog(self, http: HttpRequest) -> Response:
        """Take the newest index into service; open it before it is asked."""
        read_json(_reloads, await _body(http))
        self._note(http, "catalog", 1)
        engine = self._service.engine
        before = engine.versions.catalog
        changed = await asyncio.to_thread(engine.reload)
        if changed:
            await self._service.crew.open()
        return _told(Reloaded(changed, before, engine.versions.catalog))

    def _note(self, http: HttpRequest, act: str, count: int) -> None:
        key = http.scope[KEY]
        self._service.log.add(Act(now(), http.scope[REQUEST_ID], act, key.name, count))


async def _body(http: HttpRequest) -> bytes:
    check_json(dict(http.scope["headers"]))
    return await read_body(http.receive)


def _told(told: msgspec.Struct) -> Response:
    response = Response(msgspec.json.encode(told), media_type="application/json")
    response.raw_headers.append(UNSTORED)
    return response
