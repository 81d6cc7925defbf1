"""Several hosts, each with a home and a cache of its own, and one shared store."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goeswith.cache import SharedStore
from goeswith.engine.engine import Engine
from goeswith.engine.settings import Settings, load_settings
from tests.fixtures.redis_server import Server, running
from tests.promises.conftest import row

CAKE = "what goes with cake mix"
TEA = "what goes with green tea"
FIND = "frosting"
VARIABLE = "GOESWITH_TEST_SHARED"


SHOP = [
    row("C0", "Red Cake Mix", "Cake Mix"),
    row("F0", "Pink Frosting", "Frosting"),
    row("F1", "White Frosting", "Frosting"),
    row("T0", "Green Tea", "Tea"),
    row("L0", "Lemon Juice", "Juice"),
]
BASKETS = [["C0", "F0"], ["C0", "F0", "F1"], ["C0", "F1"]] * 12 + [["T0", "L0"]] * 30
GOLDEN = [*SHOP, row("F2", "Golden Frosting", "Frosting")]

Opener = Callable[[Path], Engine]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, so that it may be ended."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with running(folder) as found:
        yield found


@pytest.fixture
def open_host(server: Server, make: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens engines on the shared store, which a slow machine gives all the time it takes."""
    monkeypatch.setenv(VARIABLE, server.url)
    patient = functools.partial(SharedStore, timeout=30.0)
    monkeypatch.setattr("goeswith.engine.serving.storage.SharedStore", patient)
    flags = {"retrieval.embedder": "hash", "cache.shared_url_env": VARIABLE}
    settings: Settings = load_settings(environ={}, flags=flags)
    opened: list[Engine] = []

    def opening(home: Path) -> Engine:
        engine = Engine.open(home, settings=settings, pack=make.small_pack())
        opened.append(engine)
        return engine

    yield opening
    for engine in opened:
        engine.close()


@pytest.fixture
def homes(make: Any) -> tuple[Path, Path]:
    """Two homes of the same content, each indexed by itself."""
    return make.index(SHOP, BASKETS), make.index(SHOP, BASKETS)


def builds(engine: Engine) -> int:
    return engine.usage.counts().get("builds", 0)


def skus(engine: Engine, text: str) -> set[str]:
    return {p.sku for group in engine.ask(text).data().groups for p in group.products}


def test_what_one_host_built_is_a_hit_for_the_other(
    homes: tuple[Path, Path], open_host: Opener
) -> None:
    one, two = map(open_host, homes)
    built = one.ask(CAKE)
    found = two.ask(CAKE)
    assert (built.cache.tier, found.cache.tier) == ("none", "shared")
    assert found.body == built.body
    assert two.ask(CAKE).cache.tier == "memory"
    assert (builds(one), builds(two)) == (1, 0)


def test_what_one_host_drops_no_host_serves(homes: tuple[Path, Path], open_host: Opener) -> None:
    one, two = map(open_host, homes)
    for text in (CAKE, TEA):
        one.ask(text)
        assert two.ask(text).cache.tier == "shared"
    two.ask(FIND)
    assert one.invalidate(skus=["F0"]).shared == 2
    # It is asked for at least once a second; this asks now.
    two.answers.sync()
    assert two.look(CAKE) is None
    assert two.look(FIND) is None
    kept = two.look(TEA)
    assert kept is not None


def test_an_index_of_other_content_shares_nothing(
    homes: tuple[Path, Path], make: Any, open_host: Opener
) -> None:
    other = make.index(GOLDEN, BASKETS)
    one, two = open_host(homes[0]), open_host(other)
    one.ask(FIND)
    assert two.ask(FIND).cache.tier == "none"
    assert "F2" in skus(two, FIND)
    assert "F2" not in skus(one, FIND)


def test_a_refreshed_answer_is_built_by_one_host_and_taken_by_the_other(
    homes: tuple[Path, Path], make: Any, open_host: Opener
) -> None:
    for home in homes:
        # Each has its own copy on disk, as if there had been no shared store.
        make.open(home, make.small_pack()).ask(FIND)
    make.close()
    one, two = map(open_host, homes)
    before = [builds(engine) for engine in (one, two)]
    for home, engine in zip(homes, (one, two), strict=True):
        make.index(GOLDEN, BASKETS, home=home)
        assert engine.ask(FIND).cache.stale
        assert engine.background is not None
        assert engine.background.drain(60.0)
        assert "F2" in skus(engine, FIND)
        assert not engine.ask(FIND).cache.stale
    after = [builds(engine) for engine in (one, two)]
    assert [a - b for a, b in zip(after, before, strict=True)] == [1, 0]


def test_a_server_that_dies_leaves_each_host_to_itself(
    homes: tuple[Path, Path], server: Server, open_host: Opener
) -> None:
    one, two = map(open_host, homes)
    one.ask(CAKE)
    assert two.ask(CAKE).cache.tier == "shared"
    server.process.kill()
    server.process.wait(10)
    for engine in (one, two):
        assert engine.ask(TEA).cache.tier == "none"
        assert engine.ask(TEA).cache.tier == "memory"
    assert one.ask(CAKE).cache.tier in {"memory", "disk"}
    assert two.ask(CAKE).body == one.ask(CAKE).body
    with open_host(homes[1]) as late:
        assert late.ask(TEA).cache.tier == "disk"
        told = late.stats()["answers"]
    assert isinstance(told, dict)
    assert told["shared"]["reachable"] is False
