"""Shops made for one test, and what every answer must keep to."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import networkx
import pytest

from goeswith.engine.answer import Answer, Body
from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.model import PlanSource, Relation
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.pack.schema import Activity, PackRelation
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings, load_settings

Row = Mapping[str, str]
Judge = Callable[..., None]


@pytest.fixture(scope="session")
def spelling() -> Settings:
    """Settings for a home that was embedded by spelling."""
    return load_settings(environ={}, flags={"retrieval.embedder": "hash"})


@pytest.fixture
def engine(home: Path, spelling: Settings) -> Iterator[Engine]:
    """An engine over a camera shop of the test's own."""
    with Engine.open(home, settings=spelling) as opened:
        yield opened


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def row(sku: str, title: str, kind: str, **more: str) -> dict[str, str]:
    """A product as a line of a catalog."""
    return {"sku": sku, "title": title, "product_type": kind, **more}


def skus(answer: Answer) -> set[str]:
    """The products an answer offers."""
    return {p.sku for group in answer.data().groups for p in group.products}


def small_pack(relations: Iterable[PackRelation] = (), activities: Iterable[Activity] = ()) -> Pack:
    """A pack that is grounded in no time: the shipped rules, and the rest of the test's own."""
    full = load_pack()
    return Pack(
        version="test",
        activities=tuple(activities),
        relations=tuple(relations),
        rules=full.rules,
        accepts=full.accepts,
        adapters=full.adapters,
        aliases={},
        generic=full.generic,
    )


class Maker:
    """Indexes shops into a folder and opens engines on them."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._made = 0
        self._open: list[Engine] = []

    def index(
        self,
        products: Sequence[Row],
        baskets: Sequence[Sequence[str]] = (),
        *,
        home: Path | None = None,
        pack: Pack | None = None,
    ) -> Path:
        """Index products and baskets (of SKUs); return the home."""
        self._made += 1
        here = self._folder / f"shop{self._made}"
        here.mkdir(parents=True)
        catalog = write_csv(here / "catalog.csv", products)
        lines = [{"basket_id": f"b{n}", "sku": s} for n, b in enumerate(baskets) for s in b]
        behaviour = [write_csv(here / "baskets.csv", lines)] if lines else []
        place = home or here / "home"
        index(
            Home(place),
            [catalog],
            behaviour,
            feed=None,
            field_map=None,
            embedder=load_embedder("hash"),
            pack=pack or small_pack(),
            progress=lambda stage, done, total: None,
        )
        return place

    def open(self, home: Path, pack: Pack | None = None) -> Engine:
        """Open an engine, with the pack that was indexed."""
        opened = Engine.open(home, settings=self._settings, pack=pack)
        self._open.append(opened)
        return opened

    def shop(
        self,
        products: Sequence[Row],
        baskets: Sequence[Sequence[str]] = (),
        *,
        pack: Pack | None = None,
    ) -> Engine:
        """Index a shop and open an engine on it; engines opened before are closed."""
        self.close()
        known = pack or small_pack()
        return self.open(self.index(products, baskets, pack=known), known)

    small_pack = staticmethod(small_pack)

    def close(self) -> None:
        """Close every engine that was opened."""
        for opened in self._open:
            opened.close()
        self._open.clear()


@pytest.fixture
def make(tmp_path: Path, spelling: Settings) -> Iterator[Maker]:
    """Makes shops in a folder of the test's own."""
    maker = Maker(tmp_path, spelling)
    yield maker
    maker.close()


@pytest.fixture(scope="session")
def assert_sound() -> Judge:
    """Asserts promises 1, 2 and 3 and the shape of an answer's stored part."""

    def check(body: Body, titles: Mapping[str, str], budget: Budget | None = None) -> None:
        _needs_are_ranked(body)
        _products_exist(body, titles)
        _graph_is_a_checked_dag(body)
        if budget is not None:
            _sizes_are_kept(body, budget)

    return check


def _needs_are_ranked(body: Body) -> None:
    ranks = {need.id: need.rank for need in body.plan.needs}
    assert body.plan.source in PlanSource.__args__  # type: ignore[attr-defined]
    assert len(ranks) == len(body.plan.needs)
    for need in body.plan.needs:
        assert need.phrase
        for parent in need.depends_on:
            assert ranks[parent] < need.rank


def _products_exist(body: Body, titles: Mapping[str, str]) -> None:
    for group in body.groups:
        assert group.products
        skus = [product.sku for product in group.products]
        assert len(set(skus)) == len(skus)
        for product in group.products:
            assert product.title == titles[product.sku]
            assert product.why
            assert 0.0 <= product.score <= 1.0
    for node in body.graph.nodes:
        if node.kind == "product":
            assert node.label == titles[node.id.removeprefix("sku:")]


def _graph_is_a_checked_dag(body: Body) -> None:
    nodes = {node.id for node in body.graph.nodes}
    ids = {edge.id for edge in body.graph.edges}
    needs = {need.id for need in body.plan.needs}
    assert len(nodes) == len(body.graph.nodes)
    assert len(ids) == len(body.graph.edges)
    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for edge in body.graph.edges:
        assert {edge.source, edge.target} <= nodes
        assert edge.relation in set(Relation)
        assert any(item.polarity == "supports" for item in edge.evidence)
        assert edge.verdict.accepted
        assert edge.verdict.checks
        assert not edge.verdict.reason
        assert 0.0 < edge.confidence < 1.0
        assert edge.why
        graph.add_edge(edge.source, edge.target)
    assert networkx.is_directed_acyclic_graph(graph)
    for group in body.groups:
        assert group.need in needs
        for product in group.products:
            assert product.edges
            assert set(product.edges) <= ids


def _sizes_are_kept(body: Body, budget: Budget) -> None:
    ranks = {need.id: need.rank for need in body.plan.needs}
    sought = [need for need in body.plan.needs if not need.anchor]
    assert len(sought) <= budget.needs
    assert len(body.groups) <= budget.needs
    assert all(len(group.products) <= budget.products for group in body.groups)
    assert len(body.graph.edges) <= budget.edges
    assert all(ranks[group.need] < budget.rounds for group in body.groups)


@pytest.fixture(scope="session")
def titles(camera: Path) -> dict[str, str]:
    """Title by SKU of the camera catalog."""
    with (camera / "catalog.csv").open(newline="", encoding="utf-8") as file:
        return {row["sku"]: row["title"] for row in csv.DictReader(file)}
