"""The static graph: edges between types that passed the gate, made ahead and served alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from goeswith.engine.errors import HomeDamagedError, HomeMissingError
from goeswith.engine.gate.gate import Gate
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import COMPLEMENTS, Edge, EvidenceKind, Relation
from goeswith.engine.planner.clusters import strength
from goeswith.engine.planner.complements import Complements
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import merge

SCHEMA = 1
MOST_EDGES = 60
"""Edges kept of one type and one kind of relation, the strongest first."""


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


_SPOKEN = COMPLEMENTS | {Relation.SUBSTITUTE}


class StaticEdge(msgspec.Struct, frozen=True, omit_defaults=True):
    """An edge between two product types (as "A > B"). `strength` in 0..1 ranks edges of a type."""

    source: str
    relation: Relation
    target: str
    strength: float
    confidence: float
    why: str
    evidence: tuple[EvidenceKind, ...]


class GraphFile(msgspec.Struct, frozen=True):
    """The graph as it is written. Types are in order of how often they are bought."""

    schema: int
    catalog: str
    gate: str
    model: str
    types: tuple[str, ...]
    edges: tuple[StaticEdge, ...]


class StaticGraph:
    """Serves a distilled graph on its own: no shop, no gate, no model behind it."""

    def __init__(self, file: GraphFile) -> None:
        self.file = file
        self._of: defaultdict[str, list[StaticEdge]] = defaultdict(list)
        for edge in file.edges:
            self._of[edge.source].append(edge)

    @classmethod
    def open(cls, path: Path) -> StaticGraph:
        """Read a graph that `goeswith distil --export FILE.json` wrote.

        Raises:
            HomeMissingError: there is no such file.
            HomeDamagedError: it is not a graph of this version.
        """
        try:
            file = msgspec.json.decode(path.read_bytes(), type=GraphFile)
        except OSError as error:
            raise HomeMissingError(
                f"There is no graph at {path}. Make one with: goeswith distil --export {path}"
            ) from error
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise HomeDamagedError(f"{path} is not a distilled graph. Export it again.") from error
        if file.schema != SCHEMA:
            raise HomeDamagedError(f"{path} is of another version. Export it again.")
        return cls(file)

    def goes_with(self, type_name: str, most: int | None = None) -> list[StaticEdge]:
        """Return what goes with a type ("A > B"), the strongest first; empty for unknown types."""
        return [e for e in self._of.get(type_name, ()) if e.relation in COMPLEMENTS][:most]

    def instead_of(self, type_name: str, most: int | None = None) -> list[StaticEdge]:
        """Return what can take a type's place, the strongest first."""
        return [e for e in self._of.get(type_name, ()) if e.relation is Relation.SUBSTITUTE][:most]


def make_graph(
    shop: Shop,
    known: KnownEdges,
    heads: Sequence[int],
    *,
    catalog: str,
    model: str,
    progress: Callable[[int, int], None] = _silent,
) -> GraphFile:
    """Put everything that is known about types through the gate.

    That is what baskets, attributes, the starter pack and, before, a model say.

    Args:
        shop: the snapshot.
        known: the edge store.
        heads: type ids whose edges are wanted.
        catalog: version of the catalog.
        model: version of model and prompts, "" for none.
        progress: is told types done and in all.
    """
    gate = shop.gate("")
    complements = Complements(shop, known)
    edges: list[StaticEdge] = []
    for done, head in enumerate(heads, 1):
        edges += edges_of(shop, known, complements, head, gate)
        progress(done, len(heads))
    names = tuple(" > ".join(shop.catalog.types[head]) for head in heads)
    return GraphFile(SCHEMA, catalog, gate.version, model, names, tuple(edges))


def edges_of(
    shop: Shop, known: KnownEdges, complements: Complements, head: int, gate: Gate
) -> list[StaticEdge]:
    """Return the accepted edges of one type, the strongest first."""
    together, _ = complements.edges([head], COMPLEMENTS, gate)
    instead = [
        *known.type_relations([head], {Relation.SUBSTITUTE}),
        *shop.curated_proposer.type_relations([head], {Relation.SUBSTITUTE}),
        *shop.kind_proposer.substitutes([head]),
    ]
    others, _ = gate.judge(merge(instead, _unseen))
    return _strongest([*together, *others])


def _strongest(edges: Iterable[Edge]) -> list[StaticEdge]:
    ranked = sorted(edges, key=lambda edge: (-strength(edge), edge.id))
    return [_static(edge) for edge in ranked if edge.relation in _SPOKEN][:MOST_EDGES]


def _static(edge: Edge) -> StaticEdge:
    kinds = dict.fromkeys(i.kind for i in edge.evidence if i.polarity == "supports")
    return StaticEdge(
        source=edge.source.removeprefix("type:"),
        relation=edge.relation,
        target=edge.target.removeprefix("type:"),
        strength=round(strength(edge), 4),
        confidence=edge.confidence,
        why=edge.why,
        evidence=tuple(kinds),
    )


def _unseen(_source: int, _target: int) -> None:
    """Baskets say nothing for a substitute: what is bought together is not bought instead."""
