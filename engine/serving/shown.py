"""What is put on a stored answer for one shopper: the order they like, and volatile fields.

It happens after the cache, on a copy, and the result is stored nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.answer import Answer, Body, CacheInfo
from goeswith.engine.profile import rerank
from goeswith.engine.request import Request
from goeswith.engine.serving.offers import with_offers
from goeswith.engine.serving.opened import Opened, Reading
from goeswith.engine.serving.tiers import Found

if TYPE_CHECKING:
    from goeswith.engine.catalog import Snapshot


def told(request: Request, opened: Opened, meant: Reading, found: Found, seconds: float) -> Answer:
    """Put around an answer what belongs to this ask alone. `seconds` is what the ask took."""
    body = found.body
    if request.profile is not None or request.include:
        body = shown_body(body, request, opened.catalog)
    cost = msgspec.structs.replace(found.cost, wall_ms=round(seconds * 1000.0, 3))
    info = CacheInfo(found.tier, found.key, found.age_s, found.stale)
    return Answer(meant.question.text, body, info, cost)


def shown_body(body: bytes, request: Request, catalog: Snapshot) -> bytes:
    """Return the stored bytes of an answer as this request wants to see them."""
    decoded = msgspec.json.decode(body, type=Body)
    groups = decoded.groups
    if request.profile is not None:
        groups = rerank(groups, request.profile, catalog)
    if request.include:
        groups = with_offers(groups, request.include, catalog)
    return msgspec.json.encode(msgspec.structs.replace(decoded, groups=groups))
