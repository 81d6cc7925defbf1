"""Every work there is. What is not in this table is done by no crew."""

from __future__ import annotations

import gc
from typing import Any

import msgspec

from goeswith.engine.answer import Answer, Explanation
from goeswith.engine.crew.work import Tell, Telling, Work
from goeswith.engine.engine import Engine
from goeswith.engine.model import Edge
from goeswith.engine.request import Request
from goeswith.engine.views.paths import Connection
from goeswith.engine.views.relations import ProductRelations
from goeswith.engine.web.drawing import Layout
from goeswith.engine.web.examples import examples
from goeswith.engine.web.layout import layout
from goeswith.engine.web.shape import Shape


class Ends(msgspec.Struct, frozen=True):
    """Two things that may be connected; each is a SKU, a type or words."""

    source: str
    target: str


class Refusals(msgspec.Struct, frozen=True):
    """Edges that the gate refused lately, and the titles of their ends."""

    edges: tuple[Edge, ...] = ()
    labels: dict[str, str] = {}


def _ask(engine: Engine, asked: Request, tell: Tell) -> Answer:
    return engine.ask(asked, listener=Telling(tell))


def _explain(engine: Engine, asked: Request, _tell: Tell) -> Explanation:
    return engine.explain(asked)


def _relations(engine: Engine, sku: str, _tell: Tell) -> ProductRelations:
    return engine.relations(sku)


def _path(engine: Engine, ends: Ends, _tell: Tell) -> Connection:
    return engine.explain_path(ends.source, ends.target)


def _examples(engine: Engine, most: int, _tell: Tell) -> list[str]:
    return examples(engine, most)


def _layout(_engine: Engine, shape: Shape, _tell: Tell) -> Layout:
    return layout(shape)


def _refusals(engine: Engine, _argument: None, _tell: Tell) -> Refusals:
    return Refusals(*engine.refusals())


def _open(engine: Engine, _argument: None, _tell: Tell) -> None:
    engine.reload()
    engine.warm()
    # Take what was loaded out of the garbage collector's rounds, each of which would halt all
    # works. What an index before this one left behind goes first.
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _flush(engine: Engine, _argument: None, _tell: Tell) -> None:
    engine.usage.flush()


ASK: Work[Request, Answer] = Work("ask", Request, Answer, _ask)
EXPLAIN: Work[Request, Explanation] = Work("explain", Request, Explanation, _explain)
RELATIONS: Work[str, ProductRelations] = Work("relations", str, ProductRelations, _relations)
PATH: Work[Ends, Connection] = Work("path", Ends, Connection, _path)
EXAMPLES: Work[int, list[str]] = Work("examples", int, list[str], _examples)
LAYOUT: Work[Shape, Layout] = Work("layout", Shape, Layout, _layout)
REFUSALS: Work[None, Refusals] = Work("refusals", None, Refusals, _refusals)
OPEN: Work[None, None] = Work("open", None, None, _open)
FLUSH: Work[None, None] = Work("flush", None, None, _flush)

WORKS: dict[str, Work[Any, Any]] = {
    work.name: work
    for work in (ASK, EXPLAIN, RELATIONS, PATH, EXAMPLES, LAYOUT, REFUSALS, OPEN, FLUSH)
}
