"""The peers of the HTTP bench: a bare ASGI app and a bare Starlette Response, same bytes.

Run by uvicorn from bench/serving.py; PAYLOAD names the file whose bytes they return.
"""

from __future__ import annotations

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

BODY = Path(os.environ["PAYLOAD"]).read_bytes()
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
]


async def bare(scope: Scope, _receive: Receive, send: Send) -> None:
    """Return the bytes and do nothing else."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def respond(_: Request) -> Response:
    """Return the bytes as a Starlette Response."""
    return Response(BODY, media_type="application/json")


framework = Starlette(routes=[Route("/v1/ask", respond)])
