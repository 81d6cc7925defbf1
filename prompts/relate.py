"""The question: which relation holds between an anchor and each candidate, and why?"""

from __future__ import annotations

import dataclasses
from typing import Literal

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import plain, sentence
from goeswith.prompts.controls import controls
from goeswith.prompts.fence import suspect
from goeswith.prompts.program import Program, UntrustedError
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import (
    ACTIVITY_RELATIONS,
    NONE,
    ONE_WAY,
    PAIR_RELATIONS,
    AnchorKind,
    Dropped,
    Thing,
)

MAX_PAIRS = 40
"""Pairs in one call. `split` cuts a longer asking."""


class Anchor(msgspec.Struct, frozen=True):
    """What candidates are related to. For an activity only `used_for` may hold."""

    thing: Thing
    kind: AnchorKind = "type"


class RelateAsk(msgspec.Struct, frozen=True):
    """Pairs to relate: indexes into `anchors` and `candidates`. `question` gives the setting."""

    anchors: tuple[Anchor, ...]
    candidates: tuple[Thing, ...]
    pairs: tuple[tuple[int, int], ...]
    question: str = ""


class Claim(msgspec.Struct, frozen=True):
    """A relation a model claims. The edge runs from `source` to `target` (ids of Things).

    For a relation that runs one way the reply says from which end, so an asking of a pair covers
    both directions; for the others of pairs the source is the anchor. For `used_for` the source is
    the candidate and the target the activity.
    """

    source: str
    target: str
    relation: str
    why: str


class Related(msgspec.Struct, frozen=True):
    """Claims; pairs (anchor id, candidate id) for which the model says none; and pairs unanswered.

    A pair whose text talks to the model was not asked and is unanswered.
    """

    claims: tuple[Claim, ...]
    none: tuple[tuple[str, str], ...] = ()
    unanswered: tuple[tuple[str, str], ...] = ()
    dropped: Dropped = ()


@dataclasses.dataclass(frozen=True)
class PairReply:
    """One answer."""

    pair: str
    relation: Literal[
        "required_part",
        "accessory",
        "part_of_set",
        "often_bought_with",
        "substitute",
        "different_brand",
        "compatible_with",
        "variant_of",
        "used_for",
        "none",
    ]
    source: Literal["A", "B"]
    reason: str


@dataclasses.dataclass(frozen=True)
class RelateReply:
    """The reply's form."""

    answers: list[PairReply]


QUESTION = Question(
    name="relate",
    instructions="""
You know how products belong together. Each pair joins an anchor A with a candidate B. For every
pair say which one relation holds, and from which end. An anchor's "is" says whether it is a type
(a kind of product), one product, or an activity.

- required_part: the source cannot do its job without the other (camera, memory card).
- accessory: the other is made for use with the source, which works without it (camera, camera bag).
- part_of_set: both are used together at one time, neither serves the other (fork, knife).
- often_bought_with: none of these, yet whoever buys the source has a clear reason to buy the other
  (pasta, sauce). Being part of the same meal or the same job is a clear reason (cereal, juice).
- substitute: B does the same job instead of A (butter, margarine).
- different_brand: the same product from another brand.
- compatible_with: B fits A by mount, socket, size, connector or model, and the text says so.
- variant_of: the same product in another size, colour or pack.
- used_for: only where A is an activity: B is used for it.
- none: you see no reason that a shopper would accept, whichever end you start from. Others check
  what you say, so a relation that may well hold is worth naming.

source: A or B, the end a shopper starts from: the thing served, the device, the dish. Write A for
none and where both ends are alike.
reason: one short sentence that says why, true of these two things, without brand names, at most
20 words; "" for none. Answer every pair once, by its id.
""",
    inputs=(
        Input("setting", str, "what the shopper is about, may be empty"),
        Input("anchors", list, "anchors: id, kind, name, what is known"),
        Input("pairs", list, "pairs: id, anchor's id, candidate's name, its type, what is known"),
    ),
    reply=RelateReply,
)


def split(asking: RelateAsk, size: int = MAX_PAIRS) -> tuple[RelateAsk, ...]:
    """Return askings of at most `size` pairs each, in order."""
    return tuple(
        msgspec.structs.replace(asking, pairs=asking.pairs[at : at + size])
        for at in range(0, len(asking.pairs), size)
    )


_Answer = tuple[str, str, bool]
"""Relation, reason, and whether it runs from the candidate to the anchor."""


class _Row(msgspec.Struct, frozen=True):
    """One pair as it is shown. `real` is False for the planted control."""

    pair: str
    anchor: Anchor
    candidate: Thing
    real: bool = True


def _rows(asking: RelateAsk) -> list[_Row]:
    """Return the pairs that are shown to the model, or none at all when there is no real one."""
    if suspect(asking.question):
        return []
    ends = [
        (asking.anchors[a], asking.candidates[c])
        for a, c in dict.fromkeys(asking.pairs[:MAX_PAIRS])
    ]
    shown = [
        (anchor, candidate, True)
        for anchor, candidate in ends
        if anchor.thing.id != candidate.id and _showable(anchor.thing) and _showable(candidate)
    ]
    if not shown:
        return []
    control = controls([c.text for _, c, _ in shown], 1)[0]
    false = (Anchor(Thing("", control.anchor)), Thing("", control.candidate), False)
    shown.insert(control.place % (len(shown) + 1), false)
    return [_Row(f"p{n}", *row) for n, row in enumerate(shown, 1)]


def _showable(thing: Thing) -> bool:
    return bool(plain(thing.text, 160)) and not suspect(
        f"{thing.text}\n{thing.kind}\n{thing.facts}"
    )


def _inputs(asking: RelateAsk) -> dict[str, object]:
    names: dict[str, str] = {}
    anchors: list[dict[str, str]] = []
    pairs: list[dict[str, str]] = []
    for row in _rows(asking):
        thing = row.anchor.thing
        if thing.id not in names:
            names[thing.id] = f"a{len(names) + 1}"
            anchors.append({"id": names[thing.id], "is": row.anchor.kind} | _shown(thing))
        pairs.append({"pair": row.pair, "anchor": names[thing.id]} | _shown(row.candidate))
    return {"setting": plain(asking.question, 300), "anchors": anchors, "pairs": pairs}


def _shown(thing: Thing) -> dict[str, str]:
    parts = {"name": plain(thing.text, 160), "type": plain(thing.kind, 80)}
    parts["known"] = plain(thing.facts, 200)
    return {name: value for name, value in parts.items() if value}


def _read(asking: RelateAsk, fields: Json) -> Related:
    drops = Drops()
    rows = {row.pair: row for row in _rows(asking)}
    answers = _answers(reply.items(fields, "answers"), rows, drops)
    claims, none = [], []
    for pair, row in rows.items():
        relation, why, back = answers.get(pair, ("", "", False))
        ends = (row.anchor.thing.id, row.candidate.id)
        if not row.real:
            if not relation:
                missing = [name for name in rows if name not in answers]
                raise ReplyError(
                    f"{drops.told(missing, 'not answered')} Answer every pair once, by its id, "
                    "with a relation given above."
                )
            if relation != NONE:
                raise UntrustedError("It relates two things that have nothing in common.")
        elif relation == NONE:
            none.append(ends)
        elif relation:
            turned = back or relation in ACTIVITY_RELATIONS
            source, target = ends[::-1] if turned else ends
            claims.append(Claim(source, target, relation, why))
    return Related(tuple(claims), tuple(none), _unanswered(asking, claims, none), drops.done())


def _answers(raw: list[Json], rows: dict[str, _Row], drops: Drops) -> dict[str, _Answer]:
    """Return answers by pair. The first stands."""
    answers: dict[str, _Answer] = {}
    for item in raw:
        pair, relation = reply.text(item, "pair"), reply.text(item, "relation")
        row = rows.get(pair)
        if row is None:
            drops.drop("unknown pair")
            continue
        allowed = ACTIVITY_RELATIONS if row.anchor.kind == "activity" else PAIR_RELATIONS
        why, source = sentence(reply.text(item, "reason")), reply.text(item, "source")
        if pair in answers:
            drops.drop("answered twice")
        elif relation == NONE:
            answers[pair] = (NONE, "", False)
        elif relation not in (*PAIR_RELATIONS, *ACTIVITY_RELATIONS):
            drops.drop("unknown relation", pair, "relation is not one of those given")
        elif row.real and relation not in allowed:
            drops.drop("relation of another kind", pair, "relation does not suit the anchor")
        elif row.real and (not why or suspect(why)):
            drops.drop("no reason", pair, "reason says nothing")
        elif row.real and relation in ONE_WAY and source not in ("A", "B"):
            drops.drop("no direction", pair, 'source is not "A" or "B"')
        else:
            answers[pair] = (relation, why, relation in ONE_WAY and source == "B")
    return answers


def _unanswered(
    asking: RelateAsk, claims: list[Claim], none: list[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    settled = {*none}
    for claim in claims:
        settled |= {(claim.source, claim.target), (claim.target, claim.source)}
    pairs = dict.fromkeys(
        (asking.anchors[a].thing.id, asking.candidates[c].id) for a, c in asking.pairs
    )
    return tuple(pair for pair in pairs if pair not in settled)


def _spared(asking: RelateAsk) -> Related | None:
    return None if _rows(asking) else Related((), (), _unanswered(asking, [], []))


RELATE: Program[RelateAsk, Related] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 120 + 60 * (min(len(asking.pairs), MAX_PAIRS) + 1),
    spared=_spared,
)
"""Pairs in, one relation or none for each out, in one call."""
