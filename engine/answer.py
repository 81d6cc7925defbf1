"""The answer as bytes. What is stored is encoded once; what differs between asks is put around it.

Stored: everything that depends on the question's meaning and the shop. Not stored: the shopper's
own words, where the answer came from, and what it cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from goeswith.engine.budget import Meter
from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.model import Edge, Graph, Group, Plan, Versions

SCHEMA = 1

Tier = Literal["memory", "disk", "shared", "paraphrase", "none"]


class CacheInfo(msgspec.Struct, frozen=True):
    """Where an answer came from. `age_s` is seconds since it was built."""

    tier: Tier
    key: str
    age_s: float = 0.0
    stale: bool = False


class Cost(msgspec.Struct, frozen=True):
    """What one ask cost. `stages` are milliseconds of the build, empty on a hit.

    The stage "open" is the reading of the indexes, which only the first build of a process pays.
    """

    wall_ms: float
    lm_calls: int = 0
    lm_tokens: int = 0
    stages: dict[str, float] = {}

    @classmethod
    def of(cls, meter: Meter, opening_ms: float = 0.0) -> Cost:
        """Read a build's meter. `opening_ms` went by before it was started."""
        measured = {"open": opening_ms, **meter.stages} if opening_ms >= 1.0 else meter.stages
        stages = {name: round(ms, 3) for name, ms in measured.items()}
        return cls(round(meter.wall_ms, 3), meter.lm_calls, meter.lm_tokens, stages)


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of an answer, in the order in which it is written.

    `notes` are sentences about how the question was taken; they are written where there are any.
    """

    schema: int
    canonical: str
    degraded: tuple[str, ...]
    plan: Plan
    groups: tuple[Group, ...]
    graph: Graph
    versions: Versions
    notes: tuple[str, ...] = ()


def encode_body(canonical: str, subgraph: Subgraph, versions: Versions) -> bytes:
    """Return the stored bytes of an answer. The same input gives the same bytes."""
    return msgspec.json.encode(
        Body(
            SCHEMA,
            canonical,
            subgraph.degraded,
            subgraph.plan,
            subgraph.groups,
            subgraph.graph,
            versions,
            subgraph.notes,
        )
    )


class Answer(msgspec.Struct, frozen=True):
    """An answer to one ask.

    Attributes:
        question: the shopper's words.
        body: the stored bytes, the same for everybody who asks this; with a profile or volatile
            fields on them when the request brought or wanted any.
        cache: where it came from.
        cost: what this ask cost.
    """

    question: str
    body: bytes
    cache: CacheInfo
    cost: Cost

    def json(self) -> bytes:
        """Return the whole answer object as JSON, without decoding the stored part."""
        around = {"question": self.question, "cache": self.cache, "cost": self.cost}
        return msgspec.json.encode(around)[:-1] + b"," + self.body[1:]

    def data(self) -> Body:
        """Decode the stored part."""
        return msgspec.json.decode(self.body, type=Body)

    def to_dict(self) -> Mapping[str, Any]:
        """Return the whole answer as plain dictionaries and lists."""
        decoded: dict[str, Any] = msgspec.json.decode(self.json())
        return decoded


class Explanation(msgspec.Struct, frozen=True):
    """An answer built afresh, with every edge the gate refused on the way."""

    answer: Answer
    refused: tuple[Edge, ...]
    labels: dict[str, str]
