"""Promise 9 for a re-index, and the swap of generations: what changed never appears as it was."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.builder.listener import Deaf
from goeswith.engine.errors import HomeError
from goeswith.engine.index.home import Home

QUESTION = "what goes with cake mix"


def products(frosting: str, *, sold: bool = True) -> list[dict[str, str]]:
    rows = [
        {"sku": "C0", "title": "Red Cake Mix", "product_type": "Cake Mix"},
        {"sku": "F1", "title": "White Frosting", "product_type": "Frosting"},
        {"sku": "T0", "title": "Green Tea", "product_type": "Tea"},
    ]
    if sold:
        rows.append({"sku": "F0", "title": frosting, "product_type": "Frosting"})
    return rows


BASKETS = [["C0", "F0"], ["C0", "F0", "F1"], ["C0", "F1"]] * 12 + [["T0"]] * 60


def told(answer: Any) -> dict[str, str]:
    return {p.sku: p.title for group in answer.data().groups for p in group.products}


def test_a_changed_product_never_appears_as_it_was(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    before = make.open(home).ask(QUESTION)
    assert told(before)["F0"] == "Pink Frosting"
    make.index(products("Blue Frosting"), BASKETS, home=home)
    after = make.open(home)
    answer = after.ask(QUESTION)
    assert answer.cache.tier == "none"
    assert told(answer)["F0"] == "Blue Frosting"
    assert b"Pink" not in answer.body
    assert answer.data().versions.catalog != before.data().versions.catalog


def test_a_removed_product_never_appears(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    assert "F0" in told(make.open(home).ask(QUESTION))
    make.index(products("", sold=False), BASKETS, home=home)
    answer = make.open(home).ask(QUESTION)
    assert "F0" not in told(answer)
    assert "F1" in told(answer)
    assert b"F0" not in answer.body


def test_a_request_keeps_the_snapshot_it_began_with(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    engine = make.open(home)
    engine.warm()
    swapped: list[int] = []

    class Swapping(Deaf):
        def resolving(self, rank: int) -> None:
            if not swapped:
                make.index(products("Blue Frosting"), BASKETS, home=home)
                swapped.append(rank)

    assert told(engine.ask(QUESTION, listener=Swapping()))["F0"] == "Pink Frosting"
    assert swapped
    after = engine.ask(QUESTION)
    assert after.cache.tier == "none"
    assert told(after)["F0"] == "Blue Frosting"
    assert told(make.open(home).ask(QUESTION))["F0"] == "Blue Frosting"


def test_an_open_engine_picks_up_a_new_index(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    old = make.open(home)
    assert told(old.ask(QUESTION))["F0"] == "Pink Frosting"
    assert old.look(QUESTION) is not None
    make.index(products("Blue Frosting"), BASKETS, home=home)
    new = make.open(home)
    assert old.look(QUESTION) is None
    assert told(new.ask(QUESTION))["F0"] == "Blue Frosting"
    assert told(old.ask(QUESTION))["F0"] == "Blue Frosting"
    assert old.look(QUESTION) is not None
    assert old.generation == new.generation
    assert not old.reload()


def test_the_same_catalog_again_is_another_generation_with_the_same_content(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    first = make.open(home).versions.catalog
    make.index(products("Pink Frosting"), BASKETS, home=home)
    second = make.open(home).versions.catalog
    assert first.split("-")[1] == second.split("-")[1]
    assert first != second


def test_an_engine_whose_generation_is_gone_goes_on_with_the_current_one(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    late = make.open(home)
    for name in ("Blue", "Red", "Grey"):
        make.index(products(f"{name} Frosting"), BASKETS, home=home)
    assert told(late.ask(QUESTION))["F0"] == "Grey Frosting"


def test_an_engine_whose_index_was_taken_away_says_so(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    late = make.open(home)
    (home / "CURRENT").unlink()
    with pytest.raises(HomeError, match="goeswith index"):
        late.ask(QUESTION)


@pytest.mark.parametrize("moment", ["rename", "replace", "fsync", "second fsync"])
def test_a_crash_during_the_swap_leaves_the_previous_index_current(
    moment: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    home = make.index(products("Pink Frosting"), BASKETS)
    count = 0

    def crash(*_: object) -> None:
        nonlocal count
        count += 1
        if moment != "second fsync" or count == 2:
            raise Crash

    with monkeypatch.context() as patched:
        if "fsync" in moment:
            patched.setattr("goeswith.engine.index.home.os.fsync", crash)
        else:
            patched.setattr(Path, moment, crash)
        with pytest.raises(Crash):
            make.index(products("Blue Frosting"), BASKETS, home=home)
    assert told(make.open(home).ask(QUESTION))["F0"] == "Pink Frosting"
    make.index(products("Grey Frosting"), BASKETS, home=home)
    assert told(make.open(home).ask(QUESTION))["F0"] == "Grey Frosting"
    left = {path.name for path in (home / "generations").iterdir()}
    assert not {name for name in left if name.startswith("building")}


def test_a_killed_index_run_is_swept_up(make: Any) -> None:
    home = make.index(products("Pink Frosting"), BASKETS)
    half = home / "generations" / "building-000002"
    half.mkdir()
    (half / "part").write_bytes(b"x" * 100)
    assert told(make.open(home).ask(QUESTION))["F0"] == "Pink Frosting"
    make.index(products("Blue Frosting"), BASKETS, home=home)
    assert not half.exists()


def test_generations_do_not_pile_up(make: Any) -> None:
    home = make.index(products("Pink Frosting"))
    for _ in range(4):
        make.index(products("Pink Frosting"), home=home)
    left = sorted(path.name for path in (home / "generations").iterdir())
    assert left == ["000004", "000005"]
    assert Home(home).current().manifest.generation == 5


def test_prices_are_not_part_of_an_answer(make: Any, camera: Path) -> None:
    with (camera / "catalog.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    answer = make.open(make.index(rows)).ask("battery for Nikon Z50")
    assert answer.data().groups
    assert b"price" not in answer.body.replace(b'"price_m', b"")
    assert b"in_stock" not in answer.body
