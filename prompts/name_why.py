"""The question: these two are bought together; what are they to each other, and why?"""

from __future__ import annotations

import dataclasses
from typing import Literal

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import plain, sentence
from goeswith.prompts.fence import suspect
from goeswith.prompts.program import Program
from goeswith.prompts.question import Input, Question
from goeswith.prompts.relate import Claim
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import NONE, PAIR_RELATIONS, Dropped, Thing

MAX_PAIRS = 40


class Bought(msgspec.Struct, frozen=True):
    """Two product types in the same baskets: how many baskets, and how many times chance."""

    left: Thing
    right: Thing
    baskets: int
    lift: float


class NameWhyAsk(msgspec.Struct, frozen=True):
    """Pairs to explain in one call, at most `MAX_PAIRS`; what exceeds it stays unanswered."""

    pairs: tuple[Bought, ...]


class Named(msgspec.Struct, frozen=True):
    """Claims, pairs (left id, right id) the model finds no reason for, and pairs unanswered."""

    claims: tuple[Claim, ...]
    none: tuple[tuple[str, str], ...] = ()
    unanswered: tuple[tuple[str, str], ...] = ()
    dropped: Dropped = ()


@dataclasses.dataclass(frozen=True)
class WhyReply:
    """One answer. `source` is the end the relation starts from."""

    pair: str
    source: Literal["left", "right"]
    relation: Literal[
        "required_part",
        "accessory",
        "part_of_set",
        "often_bought_with",
        "substitute",
        "different_brand",
        "compatible_with",
        "variant_of",
        "none",
    ]
    reason: str


@dataclasses.dataclass(frozen=True)
class NameWhyReply:
    """The reply's form."""

    answers: list[WhyReply]


QUESTION = Question(
    name="name_why",
    instructions="""
A shop's baskets show that these pairs of product types are bought together more often than chance.
Name what they are to each other and say why, from what the things are and how people use them.

- source: the end a shopper starts from: the thing served, the dish, the device. The other end is
  then its required_part, accessory, part_of_set, substitute, different_brand, compatible_with,
  variant_of, or simply often_bought_with it.
- reason: one short sentence of at most 20 words, about use ("frosting covers the baked cake").
  Never "they are bought together": that is what we know already.
- none, with an empty reason, when nothing but habit or chance joins them. In doubt, none.
Answer every pair once, by its id.
""",
    inputs=(Input("pairs", list, "pairs: id, left, right, baskets with both, times chance"),),
    reply=NameWhyReply,
)


def _rows(asking: NameWhyAsk) -> dict[str, Bought]:
    return {
        f"p{n}": pair
        for n, pair in enumerate(asking.pairs[:MAX_PAIRS], 1)
        if pair.left.id != pair.right.id
        and all(
            plain(end.text, 160) and not suspect(f"{end.text}\n{end.kind}\n{end.facts}")
            for end in (pair.left, pair.right)
        )
    }


def _inputs(asking: NameWhyAsk) -> dict[str, object]:
    return {
        "pairs": [
            {
                "pair": name,
                "left": plain(pair.left.text, 160),
                "right": plain(pair.right.text, 160),
                "baskets": pair.baskets,
                "times_chance": round(pair.lift, 1),
            }
            for name, pair in _rows(asking).items()
        ]
    }


def _read(asking: NameWhyAsk, fields: Json) -> Named:
    drops = Drops()
    rows = _rows(asking)
    found: dict[str, Claim | None] = {}
    for item in reply.items(fields, "answers"):
        name = reply.text(item, "pair")
        pair, relation = rows.get(name), reply.text(item, "relation")
        source, why = reply.text(item, "source"), sentence(reply.text(item, "reason"))
        if pair is None:
            drops.drop("unknown pair")
        elif name in found:
            drops.drop("answered twice")
        elif relation == NONE:
            found[name] = None
        elif relation not in PAIR_RELATIONS:
            drops.drop("unknown relation", name, "relation is not one of those given")
        elif source not in ("left", "right"):
            drops.drop("no direction", name, 'source is not "left" or "right"')
        elif not why or suspect(why):
            drops.drop("no reason", name, "reason says nothing")
        else:
            ends = (pair.left.id, pair.right.id)
            start, end = ends if source == "left" else ends[::-1]
            found[name] = Claim(start, end, relation, why)
    if not found:
        raise ReplyError(
            f'"answers" holds none of the pairs asked. {drops.told(rows, "not answered")}'
        )
    none = {(rows[n].left.id, rows[n].right.id) for n, claim in found.items() if claim is None}
    order = dict.fromkeys((pair.left.id, pair.right.id) for pair in asking.pairs)
    done = {(rows[n].left.id, rows[n].right.id) for n in found}
    return Named(
        tuple(claim for name in rows if (claim := found.get(name)) is not None),
        tuple(ends for ends in order if ends in none),
        tuple(ends for ends in order if ends not in done),
        drops.done(),
    )


def _spared(asking: NameWhyAsk) -> Named | None:
    if _rows(asking):
        return None
    ends = dict.fromkeys((pair.left.id, pair.right.id) for pair in asking.pairs)
    return Named((), (), tuple(ends))


NAME_WHY: Program[NameWhyAsk, Named] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 120 + 60 * min(len(asking.pairs), MAX_PAIRS),
    spared=_spared,
)
"""Pairs from behaviour in, relation and reason for each out, in one call."""
