"""Promise 9 by cause: a change drops what it touches, and nothing else."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.answer import Answer
from goeswith.engine.index import settle as settle_module
from tests.promises.conftest import row, skus

CAKE = "what goes with cake mix"
TEA = "what goes with green tea"
FIND = "frosting"
NOTHING = "what goes with charcoal grill"


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


def changed(*rows: dict[str, str], without: tuple[str, ...] = ()) -> list[dict[str, str]]:
    kept = {item["sku"]: item for item in SHOP if item["sku"] not in without}
    return list((kept | {item["sku"]: item for item in rows}).values())


class Shop:
    """A home, the questions asked of it before a change, and what is served after it."""

    def __init__(self, make: Any) -> None:
        self._make = make
        self.home = make.index(SHOP, BASKETS)
        engine = make.open(self.home)
        self.before = {text: engine.ask(text) for text in (CAKE, TEA, FIND, NOTHING)}
        assert not self.before[NOTHING].data().groups
        make.close()

    def after(self, rows: list[dict[str, str]], baskets: Any = BASKETS) -> dict[str, Answer]:
        self._make.index(rows, baskets, home=self.home)
        engine = self._make.open(self.home)
        return {text: engine.ask(text) for text in self.before}


@pytest.fixture
def shop(make: Any) -> Shop:
    return Shop(make)


def cold(answers: dict[str, Answer]) -> set[str]:
    return {text for text, answer in answers.items() if answer.cache.tier == "none"}


def warm_and_equal(shop: Shop, after: dict[str, Answer], *texts: str) -> bool:
    return all(
        after[text].cache.tier == "disk" and after[text].body == shop.before[text].body
        for text in texts
    )


def test_the_same_catalog_drops_nothing(shop: Shop) -> None:
    after = shop.after(list(SHOP))
    assert warm_and_equal(shop, after, CAKE, TEA, FIND, NOTHING)


def test_price_and_stock_drop_nothing(shop: Shop) -> None:
    rows = [{**item, "price": "9.99", "availability": "out_of_stock"} for item in SHOP]
    assert warm_and_equal(shop, shop.after(rows), CAKE, TEA, FIND, NOTHING)


def test_a_price_bound_follows_the_price(make: Any) -> None:
    priced = [{**item, "price": "4.00", "currency": "USD"} for item in SHOP]
    home = make.index(priced, BASKETS)
    bound = "frosting under $5"
    engine = make.open(home)
    assert {"F0", "F1"} <= skus(engine.ask(bound))
    plain = engine.ask(FIND).body
    dearer = [{**item, "price": "9.00"} if item["sku"] == "F0" else item for item in priced]
    make.index(dearer, BASKETS, home=home)
    after = make.open(home)
    assert "F0" not in skus(after.ask(bound))
    warm = after.ask(FIND)
    assert (warm.cache.tier, warm.body) == ("disk", plain)


def test_a_changed_product_drops_what_names_it(shop: Shop) -> None:
    after = shop.after(changed(row("F0", "Blue Frosting", "Frosting")))
    assert cold(after) == {CAKE, FIND, NOTHING}
    assert b"Blue Frosting" in after[CAKE].body
    assert b"Pink" not in after[CAKE].body + after[FIND].body
    assert warm_and_equal(shop, after, TEA)


def test_a_removed_product_drops_what_names_it(shop: Shop) -> None:
    after = shop.after(changed(without=("F0",)), [[s for s in b if s != "F0"] for b in BASKETS])
    assert "F0" not in skus(after[CAKE]) | skus(after[FIND])
    assert warm_and_equal(shop, after, TEA)


def test_a_new_type_answers_the_question_that_names_it(shop: Shop) -> None:
    after = shop.after(changed(row("G0", "Kettle Charcoal Grill", "Charcoal Grill")))
    assert after[NOTHING].cache.tier == "none"
    assert warm_and_equal(shop, after, CAKE, TEA, FIND)


def test_other_baskets_drop_what_shows_their_relations(shop: Shop) -> None:
    others = [basket for basket in BASKETS if "T0" not in basket] + [["T0"], ["L0"]] * 30
    after = shop.after(list(SHOP), others)
    assert "L0" in skus(shop.before[TEA])
    assert "L0" not in skus(after[TEA])
    assert warm_and_equal(shop, after, CAKE, FIND)


def test_a_basket_keeps_to_its_products(make: Any) -> None:
    from goeswith.engine.request import Request

    home = make.index(SHOP, BASKETS)
    request = Request("what goes with cake mix", basket=("S0",))
    make.open(home).ask(request)
    assert make.open(home).ask(request).cache.tier == "disk"
    make.index(changed(row("S0", "Wooden Spoon", "Spoon")), BASKETS, home=home)
    assert make.open(home).ask(request).cache.tier == "none"


class Crash(BaseException):
    """Stands for a process that is killed."""


def test_a_crash_between_the_swap_and_the_drop_is_made_good(
    shop: Shop, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("goeswith.engine.index.indexing.settle", crash)
        with pytest.raises(Crash):
            make.index(changed(row("F0", "Blue Frosting", "Frosting")), BASKETS, home=shop.home)
    note = shop.home / "cache" / settle_module.FILE
    assert note.exists()
    engine = make.open(shop.home)
    assert not note.exists()
    assert b"Blue Frosting" in engine.ask(CAKE).body
    assert engine.ask(TEA).cache.tier == "disk"


def test_an_engine_that_was_open_during_the_crash_makes_it_good(
    shop: Shop, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make.open(shop.home)
    assert b"Pink Frosting" in old.ask(CAKE).body

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("goeswith.engine.index.indexing.settle", crash)
        with pytest.raises(Crash):
            make.index(changed(row("F0", "Blue Frosting", "Frosting")), BASKETS, home=shop.home)
    assert old.look(CAKE) is None
    assert b"Blue Frosting" in old.ask(CAKE).body


def test_what_was_written_down_for_an_index_that_never_came_is_kept_and_harmless(
    shop: Shop, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("goeswith.engine.index.home.Home.commit", crash)
        with pytest.raises(Crash):
            make.index(changed(row("F0", "Blue Frosting", "Frosting")), BASKETS, home=shop.home)
    note = shop.home / "cache" / settle_module.FILE
    (kept,) = json.loads(note.read_text())
    assert make.open(shop.home).ask(CAKE).cache.tier == "disk"
    assert json.loads(note.read_text()) == [kept]
    make.index(list(SHOP), BASKETS, home=shop.home)
    assert not note.exists()


def test_a_note_that_cannot_be_read_drops_everything(shop: Shop, make: Any) -> None:
    (shop.home / "cache" / settle_module.FILE).write_bytes(b"\x00half")
    engine = make.open(shop.home)
    assert engine.ask(TEA).cache.tier == "none"


def test_what_cannot_be_dropped_is_not_read(
    shop: Shop, make: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from goeswith.cache.disk import DiskStore
    from goeswith.cache.errors import StoreReadOnlyError

    def refuse(*_: object) -> None:
        raise StoreReadOnlyError("The cache can be read but not written.")

    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(DiskStore, "drop_tags", refuse)
        make.index(changed(row("F0", "Blue Frosting", "Frosting")), BASKETS, home=shop.home)
        assert "left unread" in caplog.text
        first = make.open(shop.home).ask(CAKE)
        assert first.cache.tier == "none"
        assert b"Blue Frosting" in first.body
    assert b"Blue Frosting" in make.open(shop.home).ask(CAKE).body
    assert not (shop.home / "cache" / settle_module.FILE).exists()


def test_an_answer_built_over_the_old_index_is_not_stored_after_the_drop(
    shop: Shop, make: Any
) -> None:
    from goeswith.engine.builder.listener import Deaf

    swapped: list[int] = []
    text = "cake mix"

    class Swapping(Deaf):
        def resolving(self, rank: int) -> None:
            if not swapped:
                swapped.append(rank)
                rows = changed(row("C0", "Blue Cake Mix", "Cake Mix"))
                make.index(rows, BASKETS, home=shop.home)

    old = make.open(shop.home)
    assert b"Red Cake Mix" in old.ask(text, listener=Swapping()).body
    assert swapped
    assert old.answers.counts.outdated == 1
    fresh = make.open(shop.home).ask(text)
    assert fresh.cache.tier == "none"
    assert b"Blue Cake Mix" in fresh.body


def test_an_unreadable_old_index_drops_everything(shop: Shop, make: Any) -> None:
    newest = max((shop.home / "generations").iterdir())
    (newest / "catalog" / "manifest.json").write_bytes(b"{}")
    report = make.index(list(SHOP), BASKETS, home=shop.home)
    assert isinstance(report, Path)
    assert make.open(shop.home).ask(TEA).cache.tier == "none"
