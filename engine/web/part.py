"""The page as a part of the service: its files, and what only it asks for.

GET  /                    the page
GET  /operator            the operator's view
GET  /web/{name}          styles and scripts
GET  /v1/page/examples    questions that this shop can answer well
POST /v1/page/layout      an answer in, where each card and line is drawn out
GET  /v1/admin/overview   the figures of the operator's view; needs the scope admin

Files need no key, because they hold nothing of the shop; what they show does.
"""

from __future__ import annotations

import asyncio
import hashlib

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goeswith.engine.crew.works import EXAMPLES, LAYOUT, REFUSALS
from goeswith.engine.http.errors import not_found
from goeswith.engine.http.openapi import Operation
from goeswith.engine.http.parts import Part
from goeswith.engine.http.reading import check_json, read_body, read_json
from goeswith.engine.http.service import Service
from goeswith.engine.web.assets import POLICY, load_assets
from goeswith.engine.web.drawing import Layout
from goeswith.engine.web.overview import Overview, overview
from goeswith.engine.web.shape import Shape

MOST_EXAMPLES = 6

_shapes = msgspec.json.Decoder(Shape)


class Examples(msgspec.Struct, frozen=True):
    """Questions that this shop can answer well."""

    examples: list[str]


OPERATIONS = (
    Operation(
        *("GET", "/v1/page/examples", "page_examples", "Tell questions this shop can answer well."),
        answer=Examples,
    ),
    Operation(
        *("POST", "/v1/page/layout", "page_layout", "Tell where each card and line is drawn."),
        body=Shape,
        answer=Layout,
    ),
    Operation(
        *("GET", "/v1/admin/overview", "admin_overview", "Tell the figures of the operator."),
        scope="admin",
        answer=Overview,
    ),
)


class Page:
    """The endpoints of the page."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._assets = load_assets()
        self._examples: tuple[object, Examples] | None = None

    def part(self) -> Part:
        """Return the page as a part."""
        return Part(
            routes=[
                Route("/", self.start, methods=["GET"]),
                Route("/operator", self.operator, methods=["GET"]),
                Route("/web/{name}", self.file, methods=["GET"]),
                Route("/v1/page/examples", self.examples, methods=["GET"]),
                Route("/v1/page/layout", self.layout, methods=["POST"]),
                Route("/v1/admin/overview", self.overview, methods=["GET"]),
            ],
            public=("/", "/operator", "/web/"),
            operations=OPERATIONS,
        )

    async def start(self, http: Request) -> Response:
        """Send the page."""
        return self._file("index.html", http)

    async def operator(self, http: Request) -> Response:
        """Send the operator's view."""
        return self._file("operator.html", http)

    async def file(self, http: Request) -> Response:
        """Send a style or a script."""
        return self._file(http.path_params["name"], http)

    async def examples(self, _: Request) -> Response:
        """Tell questions that this shop can answer well."""
        versions = self._service.engine.versions
        if self._examples is None or self._examples[0] is not versions:
            found = await self._service.builds.do("page examples", EXAMPLES, MOST_EXAMPLES)
            self._examples = (versions, Examples(found))
        return _json(self._examples[1])

    async def layout(self, http: Request) -> Response:
        """Tell where each card and line of an answer is drawn."""
        check_json(dict(http.scope["headers"]))
        raw = await read_body(http.receive)
        shape = read_json(_shapes, raw)
        key = f"page layout {hashlib.blake2b(raw, digest_size=16).hexdigest()}"
        drawn = await self._service.builds.do(key, LAYOUT, shape)
        return _json(drawn)

    async def overview(self, _: Request) -> Response:
        """Tell the figures of the operator's view."""
        service = self._service
        await service.crew.flush()
        refused = await service.builds.do("page refusals", REFUSALS, None)
        figures = service.figures()
        return _json(await asyncio.to_thread(overview, service, figures, refused))

    def _file(self, name: str, http: Request) -> Response:
        asset = self._assets.get(name)
        if asset is None:
            raise not_found()
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": POLICY,
            "etag": asset.tag,
        }
        if http.headers.get("if-none-match") == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers=headers, media_type=asset.kind)


def _json(told: msgspec.Struct) -> Response:
    return Response(
        msgspec.json.encode(told),
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )
