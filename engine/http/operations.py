"""The operations of the contract: the table from which the description is made."""

from __future__ import annotations

from goeswith.engine.http.health import Health, Readiness
from goeswith.engine.http.openapi import Operation
from goeswith.engine.http.reading import AskQuery
from goeswith.engine.http.shapes import (
    AnswerObject,
    Dropped,
    Explained,
    Invalidate,
    Reload,
    Reloaded,
    SkuPath,
)
from goeswith.engine.request import Request
from goeswith.engine.views.relations import ProductRelations

_UNCHANGED = {304: "The client has this answer already (If-None-Match)."}
_UNREADY = {503: "New questions cannot be answered and kept."}

OPERATIONS = (
    Operation(
        *("GET", "/v1/ask", "ask_by_query", "Answer a question."),
        query=AskQuery,
        answer=AnswerObject,
        also=_UNCHANGED,
    ),
    Operation(*("POST", "/v1/ask", "ask", "Answer a question."), body=Request, answer=AnswerObject),
    Operation(
        "GET",
        "/v1/ask/stream",
        "ask_stream",
        "Tell the steps of an answer as server-sent events: plan, rank, need, edge, answer, error.",
        query=AskQuery,
        media="text/event-stream",
    ),
    Operation(
        "GET",
        "/v1/explain",
        "explain",
        "Build an answer afresh and tell what was refused on the way.",
        query=AskQuery,
        answer=Explained,
    ),
    Operation(
        "GET",
        "/v1/products/{sku}/relations",
        "product_relations",
        "Tell what goes with a product, what fits it and what replaces it.",
        path_fields=SkuPath,
        answer=ProductRelations,
    ),
    Operation(
        "POST",
        "/v1/admin/invalidate",
        "invalidate",
        "Drop answers and edges that name a product or a type, or all.",
        scope="admin",
        body=Invalidate,
        answer=Dropped,
    ),
    Operation(
        "POST",
        "/v1/admin/catalog",
        "reload_catalog",
        "Take the newest index into service.",
        scope="warm",
        body=Reload,
        answer=Reloaded,
    ),
    Operation(
        *("GET", "/healthz", "healthz", "Tell that the process is alive."),
        scope=None,
        answer=Health,
    ),
    Operation(
        *("GET", "/readyz", "readyz", "Tell whether new questions can be answered and kept."),
        scope=None,
        answer=Readiness,
        also=_UNREADY,
    ),
    Operation(
        *("GET", "/metrics", "metrics", "Tell the counters of the service for Prometheus."),
        media="text/plain",
    ),
    Operation(
        *("GET", "/openapi.json", "openapi", "Tell this description."),
        scope=None,
    ),
)
