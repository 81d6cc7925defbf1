"""The description names every route and every field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from starlette.routing import Route

from goeswith.engine.answer import Body
from goeswith.engine.http.app import create_app
from goeswith.engine.http.operations import OPERATIONS
from goeswith.engine.http.parts import standard_parts
from goeswith.engine.http.reading import AskQuery
from goeswith.engine.http.routes import Routes
from goeswith.engine.http.service import Service
from goeswith.engine.request import Request
from goeswith.engine.settings import load_settings

FOR_PEOPLE = {"/", "/operator", "/web/{name}", "/mcp"}
"""Pages and files, and a protocol that describes itself."""


@pytest.fixture(scope="module")
def described(served: Any) -> Any:
    with served.client() as client:
        return client.get("/openapi.json").json()


def test_every_route_is_described(described: Any, indexed_camera: Any) -> None:
    from goeswith.engine.engine import Engine

    flags = {"home": str(indexed_camera), "retrieval.embedder": "hash"}
    settings = load_settings(flags=flags)
    with Engine.open(indexed_camera, settings=settings) as engine:
        service = Service(engine, settings)
        parts = standard_parts(service)
        assert create_app(service, parts)
        routes = [
            *Routes(service, OPERATIONS).table(),
            *(route for part in parts for route in part.routes),
        ]
    found = {
        (method, route.path)
        for route in routes
        if isinstance(route, Route) and route.path not in FOR_PEOPLE
        for method in route.methods or ()
        if method != "HEAD"
    }
    told = {(method.upper(), path) for path, item in described["paths"].items() for method in item}
    assert told == found


def test_every_field_is_described(described: Any) -> None:
    schemas = described["components"]["schemas"]
    assert set(schemas["Request"]["properties"]) == set(Request.__struct_fields__)
    own = {"question", "cache", "cost"}
    assert set(schemas["AnswerObject"]["properties"]) == set(Body.__struct_fields__) | own
    query = {p["name"] for p in described["paths"]["/v1/ask"]["get"]["parameters"]}
    assert query == set(AskQuery.__struct_fields__)
    assert schemas["Request"]["additionalProperties"] is False


def test_a_real_answer_is_what_is_described(served: Any) -> None:
    from goeswith.engine.http.shapes import AnswerObject

    with served.client() as client:
        raw = client.post("/v1/ask", json={"question": "lens for a Nikon Z6 II"}).content
    assert msgspec.json.decode(raw, type=AnswerObject).groups


def test_every_operation_says_what_it_needs_and_how_it_fails(described: Any) -> None:
    for path, item in described["paths"].items():
        for method, told in item.items():
            assert {"200", "400", "401", "403", "422", "429", "500", "503"} <= set(
                told["responses"]
            ), (method, path)
            assert ({} in told["security"]) == ("/admin/" not in path)
