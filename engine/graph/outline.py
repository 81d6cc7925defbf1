"""A plan with everything the builder needs to resolve it in this shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from goeswith.engine.graph.dag import generations
from goeswith.engine.model import Edge, Evidence, Need, Plan, PlanSource, Relation
from goeswith.engine.retrieval.text import terms


class Brief(msgspec.Struct, frozen=True):
    """One need and where to look for it.

    Attributes:
        need: the need as it is told to the shopper.
        type_ids: product types that may cover it, best first; empty means search everything.
        shares: how well each type covers it beside the best one, 0..1, in the order of `type_ids`;
            empty when all are alike.
        named_types: those of `type_ids` that the need names whole: any product of them covers it,
            whatever its title says.
        rows: products that are given (the shopper named or has them); nothing else is searched.
        named: the question names these very products.
        owned: the shopper has it already, so it is not offered.
        edges: accepted edges between types that brought this need up.
        basis: why a product of these types covers the need.
        relation: how a product chosen here stands to the products of the needs it depends on.
        relations: the same, need by need, where they differ: need id and relation. A need that is
            not named in it has no known relation. Empty means that `relation` holds for all.
        query: what to search for inside the types; empty means their most bought products.
        reason: why the need is there, in a shopper's words.
        proof: the question asks for the fit itself, so what nothing proves to fit is no answer.
    """

    need: Need
    type_ids: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    named_types: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    named: bool = False
    owned: bool = False
    edges: tuple[Edge, ...] = ()
    basis: tuple[Evidence, ...] = ()
    relation: Relation | None = None
    query: str = ""
    reason: str = ""
    relations: tuple[tuple[str, Relation], ...] = ()
    proof: bool = False

    def toward(self, need_id: str) -> Relation | None:
        """Return how a product chosen here stands to those of a need it depends on."""
        if not self.relations:
            return self.relation
        return dict(self.relations).get(need_id)


class Outline(msgspec.Struct, frozen=True):
    """Briefs in rank order, who made them, and the edges refused on the way.

    `rests` are tags of what it was made from and no edge shows: where it is empty, they tell what
    would have to change for that. `notes` are sentences for the shopper about how the question was
    taken.
    """

    source: PlanSource
    briefs: tuple[Brief, ...] = ()
    refused: tuple[Edge, ...] = ()
    rests: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan as it is told to the shopper."""
        return Plan(self.source, tuple(brief.need for brief in self.briefs))

    def ranks(self) -> list[list[Brief]]:
        """Return the briefs rank by rank."""
        found: dict[int, list[Brief]] = {}
        for brief in self.briefs:
            found.setdefault(brief.need.rank, []).append(brief)
        return [found[rank] for rank in sorted(found)]


def ranked(briefs: Iterable[Brief]) -> tuple[Brief, ...]:
    """Give every need its rank (topological generation) and sort the briefs by it.

    A dependency on an unknown need is dropped. A circle is cut at the need that comes last: its
    dependencies on the needs it waits for are dropped.
    """
    by_id = {brief.need.id: brief for brief in briefs}
    parents = {
        name: [p for p in brief.need.depends_on if p in by_id and p != name]
        for name, brief in by_id.items()
    }
    ranks = generations(parents)
    while sum(map(len, ranks)) < len(parents):
        placed = {name for rank in ranks for name in rank}
        last = [name for name in parents if name not in placed][-1]
        parents[last] = [p for p in parents[last] if p in placed]
        ranks = generations(parents)
    return tuple(
        _placed(by_id[name], rank, parents) for rank, row in enumerate(ranks) for name in row
    )


def merged(briefs: tuple[Brief, ...]) -> tuple[Brief, ...]:
    """Make one of the needs of a rank that ask the same; what depended on either depends on it.

    Two needs ask the same when the same type covers them best, their constraints are equal and the
    words of one phrase are among those of the other.
    """
    kept: list[Brief] = []
    instead: dict[str, str] = {}
    for brief in briefs:
        twin = next((other for other in kept if _same(other, brief)), None)
        if twin is None:
            kept.append(brief)
            continue
        instead[brief.need.id] = twin.need.id
        parents = dict.fromkeys((*twin.need.depends_on, *brief.need.depends_on))
        need = msgspec.structs.replace(
            twin.need, depends_on=tuple(parents), anchor=twin.need.anchor or brief.need.anchor
        )
        kept[kept.index(twin)] = msgspec.structs.replace(twin, need=need)
    if not instead:
        return briefs
    moved = []
    for brief in kept:
        parents = dict.fromkeys(instead.get(p, p) for p in brief.need.depends_on)
        need = msgspec.structs.replace(brief.need, depends_on=tuple(parents))
        moved.append(msgspec.structs.replace(brief, need=need))
    return ranked(moved)


def _same(a: Brief, b: Brief) -> bool:
    if a.need.rank != b.need.rank or a.owned or b.owned or not a.type_ids or not b.type_ids:
        return False
    if a.type_ids[0] != b.type_ids[0] or a.need.constraints != b.need.constraints:
        return False
    words, others = frozenset(terms(a.need.phrase)), frozenset(terms(b.need.phrase))
    return words <= others or others <= words


def _placed(brief: Brief, rank: int, parents: Mapping[str, list[str]]) -> Brief:
    need = msgspec.structs.replace(brief.need, rank=rank, depends_on=tuple(parents[brief.need.id]))
    return msgspec.structs.replace(brief, need=need)
