"""Promise 9 by cause: what still holds is served once more while it is built again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.answer import Answer
from goeswith.engine.engine import Engine
from goeswith.engine.index import settle as settle_module
from goeswith.engine.index.home import Home
from goeswith.engine.index.settle import Note
from tests.promises.conftest import Row, row, skus

CAKE = "what goes with cake mix"
TEA = "what goes with green tea"
FIND = "frosting"
QUESTIONS = (CAKE, TEA, FIND)

SHOP = (
    row("C0", "Red Cake Mix", "Cake Mix"),
    row("F0", "Pink Frosting", "Frosting"),
    row("F1", "White Frosting", "Frosting"),
    row("T0", "Green Tea", "Tea"),
    row("L0", "Lemon Juice", "Juice"),
    row("S0", "Steel Spoon", "Spoon"),
)
BASKETS = (
    [["C0", "F0"], ["C0", "F0", "F1"], ["C0", "F1"]] * 12 + [["T0", "L0"]] * 30 + [["S0"]] * 60
)
GOLDEN = (*SHOP, row("F2", "Golden Frosting", "Frosting"))


@pytest.fixture
def home(make: Any) -> Path:
    """A home whose questions were asked."""
    place: Path = make.index(SHOP, BASKETS)
    engine = make.open(place)
    for text in QUESTIONS:
        engine.ask(text)
    make.close()
    return place


def states(engine: Engine) -> dict[str, str]:
    """How each question would be answered now, without asking it."""
    told = {}
    for text in QUESTIONS:
        hit = engine.answers.get(engine.read(text)[1])
        told[text] = "gone" if hit is None else "stale" if hit.stale else "fresh"
    return told


def drained(engine: Engine) -> None:
    assert engine.background is not None
    assert engine.background.drain(60.0)


def builds(home: Path, make: Any) -> int:
    """How much was built besides the first answers, when all engines are closed."""
    make.close()
    told: int = make.open(home).usage.counts()["builds"]
    return told - len(QUESTIONS)


def test_a_new_product_is_served_after_the_old_answer_was_once_more(home: Path, make: Any) -> None:
    before = make.open(home).ask(FIND)
    make.close()
    make.index(GOLDEN, BASKETS, home=home)
    engine = make.open(home)
    assert states(engine) == {CAKE: "stale", TEA: "fresh", FIND: "stale"}
    once = engine.ask(FIND)
    assert (once.cache.stale, once.body) == (True, before.body)
    drained(engine)
    again = engine.ask(FIND)
    assert not again.cache.stale
    assert again.cache.tier != "none"
    assert "F2" in skus(again)


def test_it_is_built_again_exactly_once(home: Path, make: Any) -> None:
    make.index(GOLDEN, BASKETS, home=home)
    one, two = make.open(home), make.open(home)
    for engine in (one, two, one, two):
        assert engine.look(FIND) is not None
    drained(one)
    drained(two)
    assert {one.ask(FIND).cache.stale, two.ask(FIND).cache.stale} == {False}
    assert builds(home, make) == 1


def test_an_engine_that_is_open_serves_it_stale_too(home: Path, make: Any) -> None:
    engine = make.open(home)
    assert engine.ask(FIND).cache.tier == "disk"
    assert engine.ask(FIND).cache.tier == "memory"
    make.index(GOLDEN, BASKETS, home=home)
    assert engine.ask(FIND).cache.stale
    drained(engine)
    assert "F2" in skus(engine.ask(FIND))
    make.index((*GOLDEN, row("F3", "Grey Frosting", "Frosting")), BASKETS, home=home)
    assert engine.ask(FIND).cache.stale
    drained(engine)
    assert "F3" in skus(engine.ask(FIND))


def test_the_shortest_way_of_a_hit_leaves_it_to_the_long_one(home: Path, make: Any) -> None:
    make.index(GOLDEN, BASKETS, home=home)
    engine = make.open(home)
    key = engine.read(FIND)[1]
    assert engine.hit(key, engine.versions) is None
    looked = engine.look(FIND)
    assert looked is not None
    assert looked.cache.stale
    drained(engine)
    assert engine.hit(key, engine.versions) is not None


def test_a_product_that_changes_its_type_appears_where_it_belongs_now(
    home: Path, make: Any
) -> None:
    rows = [r for r in SHOP if r["sku"] != "S0"]
    make.index([*rows, row("S0", "Steel Spoon", "Frosting")], BASKETS, home=home)
    engine = make.open(home)
    engine.ask(FIND)
    drained(engine)
    assert "S0" in skus(engine.ask(FIND))


def test_what_is_to_be_dropped_and_refreshed_is_dropped(home: Path, make: Any) -> None:
    rows = [r for r in GOLDEN if r["sku"] != "F0"]
    make.index([*rows, row("F0", "Blue Frosting", "Frosting")], BASKETS, home=home)
    assert states(make.open(home)) == {CAKE: "gone", TEA: "fresh", FIND: "gone"}


def test_a_relation_that_is_lost_is_shown_by_no_answer(home: Path, make: Any) -> None:
    others = [b for b in BASKETS if "T0" not in b] + [["T0"], ["L0"]] * 30
    make.index(SHOP, others, home=home)
    assert states(make.open(home))[TEA] == "gone"


def test_a_relation_that_is_gained_refreshes_what_starts_from_it(home: Path, make: Any) -> None:
    more = [["T0", "S0"]] * 40 + [["C0", "F0"]] * 150
    make.index(SHOP, [*BASKETS, *more], home=home)
    engine = make.open(home)
    assert states(engine)[TEA] == "stale"
    assert "S0" not in skus(engine.ask(TEA))
    drained(engine)
    assert "S0" in skus(engine.ask(TEA))


def test_counts_that_are_told_are_refreshed_when_they_moved(home: Path, make: Any) -> None:
    engine = make.open(home)
    assert b"Bought together 30 times" in engine.ask(TEA).body
    make.index(SHOP, [*BASKETS, *[["T0", "L0"]] * 30], home=home)
    assert engine.ask(TEA).cache.stale
    drained(engine)
    assert b"Bought together 60 times" in engine.ask(TEA).body


def test_a_warm_up_takes_what_is_stale_as_due(home: Path, make: Any, spelling: Any) -> None:
    from goeswith.cache.warmup import Outcome
    from goeswith.engine.warmup.warming import EngineWorker, kept

    make.index(GOLDEN, BASKETS, home=home)
    engine = make.open(home)
    key = engine.read(FIND)[1]
    assert kept(engine, key) is None
    built = EngineWorker(engine, spelling.budget).build(FIND)
    assert built.outcome is Outcome.COMPLETE
    assert kept(engine, key) is Outcome.COMPLETE
    assert "F2" in skus(engine.ask(FIND))
    assert builds(home, make) == 1


class Crash(BaseException):
    """Stands for a process that is killed."""


@pytest.mark.parametrize("moment", ["before the drop", "before the refresh", "before crossing out"])
def test_a_crash_on_the_way_is_made_good(
    home: Path, make: Any, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {
        "before the drop": "goeswith.engine.index.indexing.settle",
        "before the refresh": "goeswith.cache.answers.AnswerCache.refresh",
        "before crossing out": "goeswith.engine.index.settle._write",
    }[moment]
    write = settle_module._write

    def crash(*given: Any, **_: object) -> None:
        if moment == "before crossing out" and given[1]:
            write(*given)
            return
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(place, crash)
        with pytest.raises(Crash):
            make.index(GOLDEN, BASKETS, home=home)
    assert (home / "cache" / settle_module.FILE).exists()
    engine = make.open(home)
    assert states(engine) == {CAKE: "stale", TEA: "fresh", FIND: "stale"}
    assert not (home / "cache" / settle_module.FILE).exists()
    engine.ask(FIND)
    drained(engine)
    assert "F2" in skus(engine.ask(FIND))


def test_a_list_that_is_too_long_refreshes_everything(
    home: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle_module, "MOST_TAGS", 1)
    make.index(GOLDEN, BASKETS, home=home)
    assert set(states(make.open(home)).values()) == {"stale"}


def test_settling_twice_does_no_harm(home: Path, make: Any) -> None:
    make.index(GOLDEN, BASKETS, home=home)
    engine = make.open(home)
    again = Note(Home(home).current().manifest.generation, refresh=("type:Frosting",))
    for _ in range(2):
        settle_module._write(home / "cache", [again])
        settle_module.settle(home / "cache", Home(home).current(), engine.answers)
        assert states(engine) == {CAKE: "stale", TEA: "fresh", FIND: "stale"}


def test_a_build_over_the_old_index_is_not_stored_as_fresh(home: Path, make: Any) -> None:
    from goeswith.engine.builder.listener import Deaf

    swapped: list[int] = []
    text = "white frosting"

    class Swapping(Deaf):
        def resolving(self, rank: int) -> None:
            if not swapped:
                swapped.append(rank)
                make.index(GOLDEN, BASKETS, home=home)

    old = make.open(home)
    old.ask(text, listener=Swapping())
    assert swapped
    assert old.answers.counts.outdated == 1
    assert make.open(home).look(text) is None


def test_a_product_that_nobody_buys_appears_only_where_it_is_looked_at(make: Any) -> None:
    many = [row(f"F{n}", f"Frosting flavour {n}", "Frosting") for n in range(16)]
    rows = [*SHOP[:1], *many, *SHOP[3:]]
    baskets = [["C0", f"F{n}"] for n in range(16) for _ in range(20 - n)] + [["T0", "L0"]] * 90
    place = make.index(rows, baskets)
    engine = make.open(place)
    worded = "flavour frosting 3"
    assert "F0" in skus(engine.ask(CAKE))
    engine.ask(worded)
    rows.append(row("F98", "Plain frosting flavour", "Frosting"))
    make.index(rows, baskets, home=place)
    assert engine.reload()
    seen = {text: engine.look(text) for text in (CAKE, worded)}
    assert {text: seen[text].cache.stale for text in seen} == {CAKE: False, worded: True}
    assert shape(seen[CAKE]) == shape(engine.ask(CAKE, use_cache=False))
    rows.append(row("F99", "Best frosting of all", "Frosting"))
    make.index(rows, [*baskets, *[["F99"]] * 30], home=place)
    assert engine.ask(CAKE).cache.stale
    drained(engine)
    assert "F99" in skus(engine.ask(CAKE))


def test_a_build_over_an_index_that_another_thread_left_is_not_stored(
    home: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make.open(home)
    begin = engine.answers.begin
    text = "white frosting"
    rows = [*SHOP[:2], row("F1", "Grey Frosting", "Frosting"), *SHOP[3:]]

    def late() -> object:
        monkeypatch.undo()
        make.index(rows, BASKETS, home=home)
        assert engine.reload()
        return begin()

    monkeypatch.setattr(engine.answers, "begin", late)
    engine.ask(text)
    stored = make.open(home).look(text)
    assert stored is None or b"White Frosting" not in stored.body


TYPES = ("Cake Mix", "Frosting", "Green Tea", "Lemon Juice", "Charcoal", "Lighter Fluid", "Spoon")
EACH = 4
ASKED = tuple(f"what goes with {name.lower()}" for name in TYPES) + tuple(map(str.lower, TYPES))


def random_shop(choose: random.Random) -> tuple[list[Row], list[list[str]]]:
    """Four products of each type, and baskets in which a type goes with the next two."""
    rows: list[Row] = [
        row(f"P{kind}{n}", f"{name} number {n} make {choose.choice('abc')}", name)
        for kind, name in enumerate(TYPES)
        for n in range(EACH)
    ]
    baskets = []
    for _ in range(900):
        kind = choose.randrange(len(TYPES))
        kinds = [kind]
        kinds += [(kind + 1) % len(TYPES)] * (choose.random() < 0.5)
        kinds += [(kind + 2) % len(TYPES)] * (choose.random() < 0.15)
        baskets.append([f"P{k}{min(choose.randrange(7), EACH - 1)}" for k in kinds])
    return rows, baskets


def changed_a_little(
    choose: random.Random, rows: Sequence[Row], baskets: Sequence[Sequence[str]]
) -> tuple[list[Row], list[list[str]]]:
    """One product is renamed, goes, comes or moves to another type, or some baskets are others."""
    what = choose.choice(("renamed", "gone", "new", "moved", "baskets", "few baskets"))
    one = choose.choice(rows)
    kept = [r for r in rows if r is not one]
    bought = [list(basket) for basket in baskets]
    if what == "renamed":
        kept.append({**one, "title": f"{one['title']} anew"})
    elif what == "gone":
        bought = [[sku for sku in basket if sku != one["sku"]] for basket in bought]
    elif what == "new":
        kept += [one, row("N0", f"{one['product_type']} brand new", one["product_type"])]
    elif what == "moved":
        kept.append({**one, "product_type": choose.choice(TYPES)})
    else:
        kept.append(one)
        hit = [n for n, basket in enumerate(bought) if one["sku"] in basket]
        for n in hit[:: 1 if what == "baskets" else 8]:
            # What is bought stays as popular as it was: the order by popularity is not followed.
            bought += [[sku] for sku in bought[n][1:]]
            bought[n] = bought[n][:1]
    return sorted(kept, key=lambda r: r["sku"]), [basket for basket in bought if basket]


def shape(answer: Answer) -> object:
    """What an answer says, without scores and counts."""
    body = answer.data()
    return (
        [(need.phrase, need.depends_on) for need in body.plan.needs],
        [(group.need, [(p.sku, p.title) for p in group.products]) for group in body.groups],
        sorted((edge.source, edge.relation, edge.target) for edge in body.graph.edges),
    )


def test_what_is_kept_is_what_would_be_built_now(make: Any) -> None:
    fresh = stale = gone = 0
    for seed in range(24):
        choose = random.Random(seed)
        rows, baskets = random_shop(choose)
        home = make.index(rows, baskets)
        engine = make.open(home)
        before = {text: engine.ask(text) for text in ASKED}
        make.index(*changed_a_little(choose, rows, baskets), home=home)
        for text, was in before.items():
            engine.reload()
            now = engine.look(text)
            built = engine.ask(text, use_cache=False)
            if now is None:
                gone += 1
            elif now.cache.stale:
                stale += 1
                assert now.body == was.body
                drained(engine)
                assert shape(engine.ask(text)) == shape(built)
            else:
                fresh += 1
                assert now.body == was.body
                assert shape(now) == shape(built), (seed, text)
        make.close()
    assert min(fresh, stale, gone) > 30, (fresh, stale, gone)
