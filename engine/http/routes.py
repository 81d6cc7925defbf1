"""The routes of the contract. They hold no logic: read, ask the engine, write."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from goeswith.engine.crew.works import EXPLAIN, RELATIONS
from goeswith.engine.http.admin import Admin
from goeswith.engine.http.exposition import exposition
from goeswith.engine.http.front import ASK, RAW, REQUEST_ID, TIER
from goeswith.engine.http.health import Health, readiness
from goeswith.engine.http.openapi import Operation, describe
from goeswith.engine.http.reading import ask_of_body, ask_of_query, read_path, read_query
from goeswith.engine.http.reply import Reply, answer_reply
from goeswith.engine.http.service import Service
from goeswith.engine.http.shapes import Nothing, SkuPath
from goeswith.engine.http.stream import stream
from goeswith.engine.http.waiting import while_there


class Routes:
    """The endpoints over one service."""

    def __init__(self, service: Service, operations: Sequence[Operation]) -> None:
        self._service = service
        self._admin = Admin(service)
        self._described = describe(operations)

    def table(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(ASK, self.ask, methods=["GET", "POST"]),
            Route("/v1/ask/stream", self.stream, methods=["GET"]),
            Route("/v1/explain", self.explain, methods=["GET"]),
            Route("/v1/products/{sku}/relations", self.relations, methods=["GET"]),
            Route("/v1/admin/invalidate", self._admin.invalidate, methods=["POST"]),
            Route("/v1/admin/catalog", self._admin.catalog, methods=["POST"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
        ]

    async def ask(self, http: HttpRequest) -> Response:
        """Answer a question."""
        raw: bytes = http.scope.get(RAW, b"")
        desk = self._service.desk
        if http.method == "POST":
            asked = ask_of_body(raw.removeprefix(b"POST "))
            tagged = None
        else:
            asked = ask_of_query(http.scope["query_string"])
            tagged = http.headers.get("if-none-match")
        answer = desk.look(asked, raw)
        if answer is None:
            answer = await while_there(http.receive, desk.ask(desk.read(asked)))
        http.scope[TIER] = answer.cache.tier
        return response(answer_reply(answer, tagged.encode("latin-1") if tagged else None))

    async def stream(self, http: HttpRequest) -> Response:
        """Tell the steps of an answer and the answer."""
        asked = ask_of_query(http.scope["query_string"])
        desk = self._service.desk
        found = desk.look(asked)
        http.scope[TIER] = found.cache.tier if found else "none"
        return stream(self._service, asked, http.scope[REQUEST_ID], found)

    async def explain(self, http: HttpRequest) -> Response:
        """Build an answer afresh and tell what was refused on the way."""
        asked = ask_of_query(http.scope["query_string"])
        service = self._service
        key = f"explain {service.desk.read(asked).flight}"
        told = await while_there(http.receive, service.builds.do(key, EXPLAIN, asked))
        answer = msgspec.Raw(told.answer.json())
        return json_response(
            {"answer": answer, "refused": told.refused, "labels": told.labels},
        )

    async def relations(self, http: HttpRequest) -> Response:
        """Tell what goes with a product."""
        read_query(Nothing, http.scope["query_string"])
        sku = read_path(SkuPath, http.path_params).sku
        key = f"relations {self._service.engine.versions.catalog} {sku}"
        work = self._service.builds.do(key, RELATIONS, sku)
        return json_response(await while_there(http.receive, work))

    async def metrics(self, _: HttpRequest) -> Response:
        """Tell the counters."""
        body, kind = await exposition(self._service)
        return Response(body, headers={"cache-control": "no-store", "content-type": kind})

    async def openapi(self, _: HttpRequest) -> Response:
        """Tell the description of all this."""
        return Response(self._described, media_type="application/json")

    async def healthz(self, _: HttpRequest) -> Response:
        """Tell that the process is alive."""
        return json_response(Health())

    async def readyz(self, _: HttpRequest) -> Response:
        """Tell whether new questions can be answered."""
        told = readiness(self._service)
        return json_response(told, 200 if told.ready else 503)


def response(reply: Reply) -> Response:
    """Return a reply as Starlette sends it."""
    made = Response(reply.body, reply.status)
    made.raw_headers = [*made.raw_headers, *reply.headers]
    return made


def json_response(told: object, status: int = 200) -> Response:
    """Return what is told as JSON that nobody keeps."""
    return Response(
        msgspec.json.encode(told),
        status,
        {"cache-control": "no-store"},
        media_type="application/json",
    )
