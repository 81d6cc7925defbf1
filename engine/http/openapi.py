"""OpenAPI 3.1, made from the types that read requests and from the table of operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from goeswith.engine.http.errors import Refusal
from goeswith.engine.http.keys import Scope

REFUSALS = {
    400: "The request cannot be read.",
    401: "An API key is missing or unknown.",
    403: "The API key may not do this.",
    404: "There is no such thing.",
    405: "The path has other methods.",
    408: "The request took too long to arrive.",
    413: "The body is too large.",
    414: "Path and query are too long.",
    415: "The body is not application/json.",
    422: "A field is wrong.",
    429: "The key has asked too often.",
    431: "The headers are too large.",
    500: "Something went wrong here.",
    503: "Too many new questions at once, or the index cannot be used.",
}
_BODY_ONLY = (408, 413, 415)


class Operation(msgspec.Struct, frozen=True):
    """One method of one path.

    Attributes:
        method: GET or POST.
        path: Template of the path.
        name: Identifier for clients that are made from the description.
        summary: What it does, one line.
        scope: What an API key must reach; None for what needs no key.
        query: Type of the query.
        path_fields: Type of what stands in the path.
        body: Type of the JSON body.
        answer: Type of the JSON answer.
        media: Media type of the answer, where it is not JSON.
        also: Statuses besides 200 and refusals, with their meaning.
    """

    method: str
    path: str
    name: str
    summary: str
    scope: Scope | None = "read"
    query: type | None = None
    path_fields: type | None = None
    body: type | None = None
    answer: type | None = None
    media: str = "application/json"
    also: Mapping[int, str] = {}


def describe(operations: Sequence[Operation]) -> bytes:
    """Return the description as JSON."""
    types: list[type] = [Refusal]
    for operation in operations:
        own = (operation.query, operation.path_fields, operation.body, operation.answer)
        types += [kind for kind in own if kind is not None]
    _, schemas = msgspec.json.schema_components(
        dict.fromkeys(types), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _told(operation, schemas)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "goeswith",
                "version": version("goeswith"),
                "summary": "Answers shopping questions with a small, checked graph of products.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "paths": paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                },
            },
        }
    )


def _told(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": operation.name, "summary": operation.summary}
    parameters = [
        *_parameters(operation.path_fields, "path", schemas),
        *_parameters(operation.query, "query", schemas),
    ]
    if parameters:
        told["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": _reference(operation.body)}}
        told["requestBody"] = {"required": True, "content": content}
    plain = {} if operation.media == "application/json" else {"type": "string"}
    schema: dict[str, Any] = _reference(operation.answer) if operation.answer else plain
    # A stream has no one schema: each event has its own.
    streams = operation.media == "text/event-stream"
    answered: dict[str, Any] = {} if streams else {"schema": schema}
    responses: dict[str, Any] = {
        "200": {
            "description": "The answer.",
            "headers": _HEADERS,
            "content": {operation.media: answered},
        }
    }
    for status, meaning in operation.also.items():
        responses[str(status)] = {"description": meaning}
        if status >= 400:
            responses[str(status)]["content"] = {operation.media: {"schema": schema}}
    refusal = {"application/json": {"schema": _reference(Refusal)}}
    for status, meaning in REFUSALS.items():
        if str(status) not in responses and (operation.body or status not in _BODY_ONLY):
            responses[str(status)] = {
                "description": meaning,
                "headers": _HEADERS,
                "content": refusal,
            }
    told["responses"] = responses
    told["security"] = [{}] if operation.scope is None else [{"bearer": []}, {"header": []}]
    if operation.scope == "read":
        told["security"].append({})
    if operation.scope is not None:
        told["description"] = f"Needs the scope {operation.scope}."
        if operation.scope == "read":
            told["description"] += " On loopback it needs no key."
    return told


_HEADERS = {
    "X-Request-Id": {
        "description": "The caller's own request id if it was plain, else a new one.",
        "schema": {"type": "string"},
    }
}


def _parameters(kind: type | None, place: str, schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    if kind is None:
        return []
    schema = schemas[kind.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": place, "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _reference(kind: type) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
