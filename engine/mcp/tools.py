"""The tools: what a model reads of each, what it may send, and what it gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Meta

from goeswith.engine.answer import Answer
from goeswith.engine.crew import Work
from goeswith.engine.crew.works import PATH, RELATIONS, Ends
from goeswith.engine.mcp.told import ToldAnswer, ToldRelations, told_answer, told_relations
from goeswith.engine.request import Include, Request, Sku
from goeswith.engine.views.paths import Connection

A = TypeVar("A", bound=msgspec.Struct)
P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")

INSTRUCTIONS = (
    "This shop knows how its products relate. Call `ask` whenever a shopper wants to know what "
    "goes with a product, what an occasion or activity needs, what fits a device, or what could "
    "replace a product. Every product in a result is in the shop's catalog; name only those, by "
    "their titles, and give the reasons in `why` rather than your own."
)

Name = Annotated[str, Meta(min_length=1, max_length=500)]


class AskArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `ask` takes."""

    question: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1_000,
            description="The shopper's need in plain English, such as 'what goes with tortilla "
            "chips', 'what do I need for taco night', 'accessories for Canon EOS R10', 'instead "
            "of potato chips', 'shampoo under $10 not Acme'. One need a call; keep the shopper's "
            "own bounds on price, brand and size.",
        ),
    ]
    basket: Annotated[
        tuple[Sku, ...],
        Meta(
            max_length=100,
            description="SKUs that the shopper has already, from earlier results. What is "
            "offered must fit them, and they are not offered again.",
        ),
    ] = ()
    include: Annotated[
        tuple[Include, ...],
        Meta(max_length=2, description="Also give today's price or availability."),
    ] = ()
    graph: Annotated[
        bool,
        Meta(
            description="Also give every edge with its evidence and verdict. Long; ask for it "
            "only when the shopper wants proof."
        ),
    ] = False


class PathArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `explain_path` takes."""

    source: Annotated[
        Name,
        Meta(
            description="What the shopper has: a SKU from an earlier result, a product type "
            "('Baking > Frosting'), or words for either."
        ),
    ]
    target: Annotated[
        Name, Meta(description="What might go with it: a SKU, a product type, or words.")
    ]


class RelationsArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `product_relations` takes."""

    sku: Annotated[Sku, Meta(description="A SKU of this shop, from an earlier result.")]


class Runner(Protocol):
    """Where the work is done."""

    async def ask(self, asked: Request) -> Answer:
        """Answer a request."""
        ...

    async def work(self, key: str, work: Work[P, T], argument: P) -> T:
        """Do work that takes a while away from the event loop; once for all who want the same."""
        ...


class Tool(NamedTuple, Generic[A]):
    """A tool."""

    name: str
    title: str
    description: str
    takes: type[A]
    gives: type[msgspec.Struct]
    call: Callable[[Runner, A], Awaitable[msgspec.Struct]]


async def _ask(runner: Runner, given: AskArguments) -> ToldAnswer:
    asked = Request(given.question, basket=given.basket, include=given.include)
    return told_answer(await runner.ask(asked), graph=given.graph)


async def _path(runner: Runner, given: PathArguments) -> Connection:
    key = f"path {given.source}\n{given.target}"
    return await runner.work(key, PATH, Ends(given.source, given.target))


async def _relations(runner: Runner, given: RelationsArguments) -> ToldRelations:
    found = await runner.work(f"relations {given.sku}", RELATIONS, given.sku)
    return told_relations(found)


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "ask",
        "Ask the shop",
        "Find products of this shop for a shopper's question: what goes with a product, "
        "everything an occasion or activity needs, accessories and parts that fit a device, or "
        "replacements. Use it before you recommend anything to buy. The result groups products by "
        "need, best first, each with a reason that was checked against purchases, attributes and "
        "curated knowledge; it never names a product that the shop does not have. An empty "
        "`groups` means that the shop knows nothing that fits: say so, do not invent products.",
        AskArguments,
        ToldAnswer,
        _ask,
    ),
    Tool(
        "explain_path",
        "How two things are connected",
        "Explain how two products or kinds of product of this shop are connected: the most "
        "believable chain of checked relations between them, with the evidence of each step. Use "
        "it when a shopper asks why one thing was offered for another, or whether two things go "
        "together. `found` false means that nothing which passed the checks connects them, or that "
        "they are known not to fit each other; `why` says which.",
        PathArguments,
        Connection,
        _path,
    ),
    Tool(
        "product_relations",
        "What relates to one product",
        "List what relates to one product of this shop, by relation: required parts, accessories, "
        "what it is compatible with, what is bought with it, substitutes and variants, each with "
        "its confidence and reason. Use it when you know the SKU from an earlier result and the "
        "shopper asks about that very product. To search by words, use `ask`.",
        RelationsArguments,
        ToldRelations,
        _relations,
    ),
)


def object_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON schema of a struct with the struct itself at the root, as tools want it."""
    schema = msgspec.json.schema(kind)
    parts: dict[str, Any] = schema["$defs"]
    root = parts.pop(schema["$ref"].rpartition("/")[2])
    return {**root, "$defs": parts} if parts else dict(root)
