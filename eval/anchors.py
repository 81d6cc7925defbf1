"""Which product types are asked about: drawn by seed, head and tail in equal parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.engine.model import TypePath, type_name

Counts = npt.NDArray[np.int64]

HEAD, TAIL = "head", "tail"
_WORD = re.compile(r"\w+")


class AnchorRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which types may be asked about.

    least_baskets: later baskets that hold the type.
    least_truth: relevant items it must have; one without any cannot be scored.
    name_share: share of the purchases under the type's own name that are of this type, so that the
        name means it.
    head_share: share of the types that make the head, most bought (in the learning part) first.
    not_words: words in a name that no shopper would ask about, such as "miscellaneous".
    """

    least_baskets: int
    least_truth: int
    name_share: float
    head_share: float
    not_words: tuple[str, ...] = ()


class Anchors(msgspec.Struct, frozen=True):
    """Type ids by stratum, in the order drawn.

    `able` types could have been drawn; `left_out` counts the others with enough baskets, by reason.
    """

    head: tuple[int, ...]
    tail: tuple[int, ...]
    able: int
    left_out: dict[str, int]


def draw(
    types: Sequence[TypePath],
    *,
    learnt: Counts,
    later: Counts,
    truth: Mapping[int, Mapping[str, int]],
    rules: AnchorRules,
    count: int,
    seed: int,
) -> Anchors:
    """Draw up to `count` types, half from the head and half from the tail where there are enough.

    Args:
        types: paths by type id.
        learnt: learning baskets by type id.
        later: later baskets by type id.
        truth: relevant items by type id.
        rules: what may be drawn.
        count: how many to draw.
        seed: of the draw.
    """
    named: Counter[str] = Counter()
    for path, bought in zip(types, later.tolist(), strict=True):
        named[phrase_of(path)] += bought
    left_out: Counter[str] = Counter()
    unnamed = frozenset(rules.not_words)
    able: list[int] = []
    for type_id, path in enumerate(types):
        bought, phrase = int(later[type_id]), phrase_of(path)
        if not phrase or bought < rules.least_baskets:
            continue
        if not unnamed.isdisjoint(_WORD.findall(phrase)):
            left_out["the name is no shopper's word"] += 1
        elif bought < rules.name_share * named[phrase]:
            left_out["another type has the same name"] += 1
        elif len(truth.get(type_id, {})) < rules.least_truth:
            left_out["too few significant co-purchases"] += 1
        else:
            able.append(type_id)
    able.sort(key=lambda type_id: (-int(learnt[type_id]), type_name(types[type_id])))
    border = round(len(able) * rules.head_share)
    pick = np.random.default_rng(seed)
    head, tail = (pick.permutation(part).tolist() for part in (able[:border], able[border:]))
    half = (count + 1) // 2
    wanted = min(len(head), max(half, count - len(tail)))
    return Anchors(tuple(head[:wanted]), tuple(tail[: count - wanted]), len(able), dict(left_out))


def phrase_of(path: TypePath) -> str:
    """Return the words a shopper would use for a type: its own name in lower case."""
    return path[-1].lower() if path else ""
