"""Commands that answer questions: ask and explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    console,
    open_engine,
    settings_of,
)

if TYPE_CHECKING:
    from goeswith.engine.request import Request

DEGRADED = 3

BasketFlag = Annotated[
    list[str] | None, typer.Option("--basket", help="A SKU that the shopper has; repeatable.")
]


def ask(
    question: Annotated[str, typer.Argument(help="What a shopper would ask.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
    deadline_ms: Annotated[
        int | None, typer.Option(help="Wall clock for a new answer, in milliseconds.")
    ] = None,
    lm_calls: Annotated[int | None, typer.Option(help="LM calls for a new answer.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Build it afresh.")] = False,
    basket: BasketFlag = None,
    profile: Annotated[
        Path | None,
        typer.Option(help="JSON or TOML file with likes, avoids, brands and price (low or high)."),
    ] = None,
    price: Annotated[
        bool, typer.Option("--price", help="Show prices and availability as of this index.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when the answer was cut short.")
    ] = False,
) -> None:
    """Answer a question."""
    settings = settings_of(home, config, budget__deadline_ms=deadline_ms, budget__lm_calls=lm_calls)
    request = _request(question, basket, profile, price=price)
    with open_engine(settings) as engine:
        answer = engine.ask(request, use_cache=not no_cache)
    if as_json:
        sys.stdout.buffer.write(answer.json() + b"\n")
    else:
        from goeswith.engine.cli.render import show_answer

        show_answer(console(), answer)
    if strict and answer.data().degraded:
        raise typer.Exit(DEGRADED)


def explain(
    question: Annotated[str, typer.Argument(help="What a shopper would ask.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
    basket: BasketFlag = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Show every edge the gate refused, and why.")
    ] = False,
) -> None:
    """Build an answer afresh and show how it came about: edges, evidence, verdicts, refusals."""
    with open_engine(settings_of(home, config)) as engine:
        explanation = engine.explain(_request(question, basket))
    answer = explanation.answer
    if as_json:
        import msgspec

        refused = explanation.refused if rejected else ()
        payload = {"answer": msgspec.Raw(answer.json()), "refused": refused}
        sys.stdout.buffer.write(msgspec.json.encode(payload) + b"\n")
        return
    from goeswith.engine.cli.render import show_answer, show_evidence, show_refused

    screen = console()
    body = answer.data()
    labels = {node.id: node.label for node in body.graph.nodes} | explanation.labels
    show_answer(screen, answer)
    show_evidence(screen, body, labels)
    if rejected:
        show_refused(screen, explanation.refused, labels)
    else:
        screen.print(f"refused: {len(explanation.refused)} (show them with --rejected)")


def relations(
    sku: Annotated[str, typer.Argument(help="The product.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what goes with one very product, what fits it and what replaces it."""
    with open_engine(settings_of(home, config)) as engine:
        found = engine.relations(sku)
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        return
    from goeswith.engine.cli.related import show_relations

    show_relations(console(), found)


def path(
    source: Annotated[str, typer.Argument(help="A SKU, a product type, or words for one.")],
    target: Annotated[str, typer.Argument(help="Another.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how two products or kinds of product are connected."""
    with open_engine(settings_of(home, config)) as engine:
        found = engine.explain_path(source, target)
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        return
    from goeswith.engine.cli.related import show_connection

    show_connection(console(), found)


def _request(
    question: str,
    basket: list[str] | None,
    profile: Path | None = None,
    *,
    price: bool = False,
) -> Request:
    from goeswith.engine.profile import read_profile
    from goeswith.engine.request import as_request, completed

    return completed(
        as_request(question),
        basket=tuple(basket or ()),
        profile=read_profile(profile) if profile else None,
        include=("price", "availability") if price else (),
    )
