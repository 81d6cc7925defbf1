"""One open generation of a shop's index. A request keeps the `Shop` it began with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from goeswith.engine.behaviour import Behaviour
from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.attributes import AttributeCheck
from goeswith.engine.gate.behaviour import BehaviourCheck
from goeswith.engine.gate.critic import CriticCheck
from goeswith.engine.gate.decoys import Decoys
from goeswith.engine.gate.form import FormCheck
from goeswith.engine.gate.gate import Gate
from goeswith.engine.gate.plausibility import PlausibilityCheck
from goeswith.engine.gate.types import TypeCheck
from goeswith.engine.graph.proposal import End, product_end
from goeswith.engine.index.corpus import CatalogCorpus
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.grounding import Grounding
from goeswith.engine.meaning.kinds import FILE as KINDS
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.meaning.meanings import Meanings
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.pack import Pack
from goeswith.engine.proposer.behaviour import BehaviourProposer
from goeswith.engine.proposer.curated import CuratedProposer
from goeswith.engine.proposer.kinds import KindProposer
from goeswith.engine.retrieval import Embedder, Retriever
from goeswith.engine.retrieval.text import terms


def open_behaviour(folder: Path, catalog: Snapshot) -> Behaviour:
    """Open what was mined, or the behaviour of a shop that has none."""
    if any(folder.iterdir()):
        return Behaviour.open(folder)
    return Behaviour.empty(len(catalog), len(catalog.types))


def open_retriever(
    folder: Path, catalog: Snapshot, behaviour: Behaviour, embedder: Embedder
) -> Retriever:
    """Open retrieval over a catalog, weighing products and types by how often they are bought."""
    return Retriever.open(
        folder,
        CatalogCorpus(catalog),
        embedder,
        popularity=behaviour.popularity,
        type_popularity=behaviour.type_popularity,
    )


def open_kinds(folder: Path, catalog: Snapshot, behaviour: Behaviour) -> Kinds:
    """Open the embeddings of the types' names, weighing types by baskets, else by products."""
    vectors = np.load(folder / KINDS, allow_pickle=False)
    weights = behaviour.type_popularity
    if not weights.any():
        weights = np.bincount(catalog.type_of, minlength=len(catalog.types))
    return Kinds(catalog.types, vectors, weights)


REMEMBERED = 16_384
"""Products that are kept decoded: those that many answers offer."""


class Shop:
    """Catalog, behaviour, retrieval and curated knowledge of one generation, opened together.

    `end(row)` and `product(row)` decode a product, and remember those that are asked for often.
    """

    def __init__(
        self,
        *,
        catalog: Snapshot,
        behaviour: Behaviour,
        retriever: Retriever,
        pack: Pack,
        grounding: Grounding,
        kinds: Kinds,
        embedder: Embedder,
    ) -> None:
        self.catalog = catalog
        self.embedder = embedder
        self.behaviour = behaviour
        self.retriever = retriever
        self.pack = pack
        self.grounding = grounding
        self.kinds = kinds
        self.meanings = Meanings(retriever, kinds, behaviour.type_popularity)
        self.compatibility = Compatibility(pack, self.kinds)
        self.end = lru_cache(maxsize=REMEMBERED)(self._end)
        self.product = lru_cache(maxsize=REMEMBERED)(catalog.product)

    @classmethod
    def open(cls, folder: Path, pack: Pack, embedder: Embedder) -> Shop:
        """Open the generation in a folder."""
        catalog = Snapshot.open(folder / "catalog")
        behaviour = open_behaviour(folder / "behaviour", catalog)
        retriever = open_retriever(folder / "retrieval", catalog, behaviour, embedder)
        kinds = open_kinds(folder, catalog, behaviour)
        grounding = Grounding.open(folder, pack)
        return cls(
            catalog=catalog,
            behaviour=behaviour,
            retriever=retriever,
            pack=pack,
            grounding=grounding,
            kinds=kinds,
            embedder=embedder,
        )

    def gate(self, question: str) -> Gate:
        """Return a gate for one question, its checks in order of cost."""
        plausible = PlausibilityCheck(self.pack, question)
        return Gate([*self._checks, plausible, CriticCheck()])

    def frequency(self, term: str) -> int:
        """Return how many texts hold a term; 1 for a word that only the curated knowledge uses."""
        return self.retriever.frequency(term) or int(term in self._curated_words)

    @cached_property
    def _curated_words(self) -> frozenset[str]:
        return frozenset(word for phrase in self.pack.phrases for word in terms(phrase))

    @cached_property
    def mentions(self) -> Mentions:
        """Tells which types may be what a phrase means at all."""
        return Mentions(self.pack, self.catalog, self.retriever)

    @cached_property
    def behaviour_proposer(self) -> BehaviourProposer:
        """Proposes from baskets."""
        return BehaviourProposer(self.behaviour, self.catalog.types)

    @cached_property
    def curated_proposer(self) -> CuratedProposer:
        """Proposes from the starter pack."""
        return CuratedProposer(self.grounding, self.catalog.types, self.pack.version)

    @cached_property
    def decoys(self) -> Decoys:
        """Chooses false claims to plant before a critic."""
        popular = np.argsort(-self.behaviour.type_popularity, kind="stable").tolist()
        return Decoys(self.catalog.types, self.kinds, popular, self.behaviour.type_pair)

    @cached_property
    def kind_proposer(self) -> KindProposer:
        """Proposes types that do the same job."""
        return KindProposer(self.kinds, self.catalog.types, self.retriever.type_similarity)

    @cached_property
    def untyped(self) -> tuple[int, ...]:
        """The types without a name: those of products of which the catalog says none."""
        return tuple(t for t, path in enumerate(self.catalog.types) if not path)

    def _end(self, row: int) -> End:
        """Return the end that stands for the product in this row."""
        catalog = self.catalog
        return product_end(row, catalog.sku(row), catalog.title(row), int(catalog.type_of[row]))

    def type_ids_of(self, rows: Sequence[int]) -> list[int]:
        """Return the product types of rows, without repeats, in their order."""
        found = dict.fromkeys(int(self.catalog.type_of[row]) for row in rows)
        return [type_id for type_id in found if type_id >= 0]

    @cached_property
    def _checks(self) -> list[FormCheck | TypeCheck | AttributeCheck | BehaviourCheck]:
        return [
            FormCheck(len(self.catalog), len(self.catalog.types)),
            TypeCheck(self.kinds, self.grounding, self.mentions),
            AttributeCheck(self.catalog, self.compatibility),
            BehaviourCheck(self.behaviour_proposer.type_pair, self.behaviour_proposer.sku_pair),
        ]
