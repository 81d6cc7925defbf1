"""Whoever does a work, the result is the same."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from goeswith.engine.crew import Threads, Work
from goeswith.engine.crew.work import silent
from goeswith.engine.crew.works import (
    ASK,
    EXAMPLES,
    EXPLAIN,
    FLUSH,
    LAYOUT,
    OPEN,
    PATH,
    REFUSALS,
    RELATIONS,
    WORKS,
    Ends,
    Refusals,
)
from goeswith.engine.engine import Engine
from goeswith.engine.request import Limits, Request
from goeswith.engine.web.shape import Shape
from tests.engine.crew.conftest import Begin

QUESTION = "what do I need to photograph birds with a Canon EOS R10"


def arguments(engine: Engine) -> list[tuple[Work[Any, Any], Any]]:
    answer = engine.ask(QUESTION, use_cache=False)
    sku = answer.data().groups[0].products[0].sku
    shape = msgspec.json.decode(answer.json(), type=Shape)
    asked = Request(QUESTION, basket=(sku,), include=("price",), budget=Limits(needs=3))
    return [
        (ASK, Request(QUESTION)),
        (ASK, asked),
        (EXPLAIN, Request(QUESTION)),
        (RELATIONS, sku),
        (PATH, Ends(sku, "memory card")),
        (EXAMPLES, 4),
        (LAYOUT, shape),
    ]


def lasting(result: Any) -> Any:
    """Return what of a result does not depend on when it was made."""
    plain = msgspec.to_builtins(result)
    for answer in (plain, plain.get("answer") if isinstance(plain, dict) else None):
        if isinstance(answer, dict):
            answer.pop("cost", None)
            answer.pop("cache", None)
    return plain


def test_a_process_and_threads_give_the_same(beginning: Begin, reader: Engine) -> None:
    async def go() -> None:
        threads = Threads(reader, 2)
        async with beginning() as (crew, _):
            await crew.open()
            assert crew.ready
            for work, argument in arguments(reader):
                apart = await asyncio.wrap_future(crew.submit(work, argument, silent))
                here = await asyncio.wrap_future(threads.submit(work, argument, silent))
                assert type(apart) is type(here)
                assert lasting(apart) == lasting(here), work.name
            refused = await asyncio.wrap_future(crew.submit(REFUSALS, None, silent))
            assert isinstance(refused, Refusals)
            assert refused.edges
        await threads.end()

    asyncio.run(go())


def test_the_steps_of_a_build_are_told_in_order(beginning: Begin, reader: Engine) -> None:
    here: list[tuple[str, bytes]] = []
    ASK.run(reader, Request("tripod for a Nikon Z6 II"), lambda *step: here.append(step))
    apart: list[tuple[str, bytes]] = []

    async def go() -> None:
        async with beginning() as (crew, _):
            asked = Request("tripod for a Nikon Z6 II")
            await asyncio.wrap_future(crew.submit(ASK, asked, lambda *step: apart.append(step)))

    asyncio.run(go())
    assert here
    assert apart == here


def test_every_work_is_in_the_table_under_its_name() -> None:
    works = (ASK, EXPLAIN, RELATIONS, PATH, EXAMPLES, LAYOUT, REFUSALS, OPEN, FLUSH)
    assert sorted(WORKS) == sorted(work.name for work in works)
    assert all(WORKS[work.name] is work for work in works)


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_arguments_and_results_can_be_sent(work: Work[Any, Any]) -> None:
    for kind in (work.takes, work.gives):
        msgspec.msgpack.Decoder(kind)
