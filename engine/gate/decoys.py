"""False claims to plant among real ones: near misses out of the shop's own types.

A critic that has to refuse "tennis racket, toilet bowl cleaner" proves nothing. These say of a
thing that is really claimed about, in the words of a claim of the batch, that it goes with another
thing of the same shop: one that lies in another aisle, has no similar name, and that shoppers had
ample chance to buy with it and did not. Where baskets cannot tell, there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from goeswith.engine.behaviour import PairCounts
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import TypePath

DECOYS = 2
FAR_COSINE = 0.35
"""Names of two types that are nearer than this may mean things that go together."""

_TRIED = 200
_SOURCES = 8


class Decoys:
    """Chooses false claims. The same claims get the same ones.

    Args:
        types: type paths by type id.
        kinds: tells how near the names of two types are.
        popular: type ids, those most bought first.
        pair: what the baskets say about two type ids.
    """

    def __init__(
        self,
        types: Sequence[TypePath],
        kinds: Kinds,
        popular: Sequence[int],
        pair: Callable[[int, int], PairCounts],
    ) -> None:
        self._types = types
        self._kinds = kinds
        self._popular = popular[:_TRIED]
        self._pair = pair

    def among(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Return up to `DECOYS` false claims to stand among these, each of another source."""
        claims = sorted((p for p in proposals if p.source.kind == "type"), key=_digest)
        claimed = {(p.source.ref, p.target.ref) for p in claims}
        found: dict[int, Proposal] = {}
        for place, claim in enumerate(claims[:_SOURCES]):
            source = claim.source.ref
            if source in found:
                continue
            target = self._strange_to(source, place)
            if target is None or {(source, target), (target, source)} & claimed:
                continue
            end = type_end(target, self._types[target])
            found[source] = Proposal(claim.source, end, claim.relation, ())
            if len(found) == DECOYS:
                break
        return list(found.values())

    def _strange_to(self, source: int, place: int) -> int | None:
        count = len(self._popular)
        own = self._types[source]
        start = int.from_bytes(hashlib.sha256(f"{place} {own}".encode()).digest()[:4], "big")
        for step in range(count):
            other = self._popular[(start + step) % count]
            if (
                self._types[other][:1] != own[:1]
                and self._kinds.cosine(source, other) < FAR_COSINE
                and self._pair(source, other).verdict == "contradicts"
            ):
                return other
        return None


def _digest(claim: Proposal) -> bytes:
    words = f"{claim.source.id}\n{claim.target.id}\n{claim.relation.value}"
    return hashlib.sha256(words.encode()).digest()
