"""What is offered where a fit can be decided, and where nothing in the shop decides it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings

PARTS = """sku,title,product_type,socket,wattage
B1,Alpha FM2+ board,Motherboard,FM2+,
B2,Beta LGA1151 board,Motherboard,LGA1151,
P1,Gamma older processor,CPU,FM2,
P2,Delta newer processor,CPU,FM2+,
P3,Epsilon other processor,CPU,LGA1151,
P4,Zeta nameless processor,CPU,,
G1,Eta picture card,Graphics card,,
S1,Theta supply,Power supply,500,500
C1,Iota case,Computer case,,
"""
CAVEAT = "Nothing here tells whether it fits"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("parts")
    table = folder / "parts.csv"
    table.write_text(PARTS, encoding="utf-8")
    index(
        Home(folder / "home"),
        [table],
        [],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda *_: None,
    )
    with Engine.open(folder / "home", settings=spelling) as opened:
        yield opened


def offered(engine: Engine, question: str) -> dict[str, dict[str, str]]:
    """Return, by need, what is offered and why."""
    body = engine.ask(question, use_cache=False).to_dict()
    return {g["need"]: {p["sku"]: p["why"] for p in g["products"]} for g in body["groups"]}


def test_an_older_processor_fits_a_newer_socket_and_not_the_other_way(engine: Engine) -> None:
    found = offered(engine, "cpu for B1")
    assert set().union(*found.values()) == {"P1", "P2"}
    assert "B1" not in set().union(*offered(engine, "motherboard for P3").values())
    older = offered(engine, "motherboard for P1")
    assert set().union(*older.values()) == {"B1"}


def test_a_need_stays_where_nothing_decides_the_fit(engine: Engine) -> None:
    found = offered(engine, "build a pc")
    assert set(found["psu"]) == {"S1"}
    assert CAVEAT in found["psu"]["S1"]
    assert not any(CAVEAT in why for why in found["cpu"].values())


def test_a_part_that_does_not_say_what_its_kind_says_is_no_fit(engine: Engine) -> None:
    assert "P4" not in offered(engine, "build a pc")["cpu"]


def test_what_was_asked_to_fit_is_not_offered_without_proof(engine: Engine) -> None:
    assert offered(engine, "power supply for G1") == {}
