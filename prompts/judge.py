"""The critic's question: is this claim about two things true, specific, the right way round?

Another view than the proposer's: the critic reads finished sentences in an order of their own,
without the proposer's reasons, and answers fixed questions before it gives a score.
"""

from __future__ import annotations

import dataclasses
import hashlib

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import plain
from goeswith.prompts.controls import controls
from goeswith.prompts.fence import suspect
from goeswith.prompts.program import Program, UntrustedError
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import STATEMENTS, Dropped, Thing

MAX_CLAIMS = 30
PASS = 6
"""Scores from here on speak for a claim (LLM-PKG prunes below 6)."""

QUESTIONS = ("clear", "true", "typical", "direction", "useful")
"""The yes/no questions, in the order they are asked."""


class ClaimAsk(msgspec.Struct, frozen=True):
    """A claim to judge. `id` is the caller's own and is not shown."""

    id: str
    source: Thing
    target: Thing
    relation: str


class JudgeAsk(msgspec.Struct, frozen=True):
    """Claims to judge in one call, at most `MAX_CLAIMS`; what exceeds it stays unanswered."""

    claims: tuple[ClaimAsk, ...]


class Judgement(msgspec.Struct, frozen=True):
    """The critic's word on one claim: a score from 1 to 10 and its answers by question.

    A score of `PASS` or more has yes for every question: with a no it is cut to `PASS` - 1.
    """

    id: str
    score: int
    answers: tuple[tuple[str, bool], ...]


class Judged(msgspec.Struct, frozen=True):
    """Judgements in the order of the claims, and the ids of claims without one."""

    judgements: tuple[Judgement, ...]
    unanswered: tuple[str, ...] = ()
    dropped: Dropped = ()


@dataclasses.dataclass(frozen=True)
class ClaimReply:
    """One judgement. The questions come before the score."""

    claim: str
    clear: bool
    true: bool
    typical: bool
    direction: bool
    useful: bool
    score: int


@dataclasses.dataclass(frozen=True)
class JudgeReply:
    """The reply's form."""

    verdicts: list[ClaimReply]


QUESTION = Question(
    name="judge",
    instructions="""
You check statements about products before a shop prints them. You are hard to please: a wrong
statement on the shelf costs more than a missing one. Some of the statements are wrong on purpose.

For every claim answer first, each with true or false:
- clear: are both things plainly named, so that you know what they are?
- true: does the statement hold for nearly all things of these two kinds?
- typical: would it be odd to say the same of a random pair from the same shop?
- direction: is it the right way round, the one thing serving the other as it says?
- useful: would a shopper who has the first thing be helped by hearing it?
Then give score, a whole number: 10 no doubt at all, 6 would sign it, 5 or less would not.
A claim with any false has 5 or less. Judge every claim once, by its id.
""",
    inputs=(Input("claims", list, "claims: id, the two things, the statement"),),
    reply=JudgeReply,
)


class _Row(msgspec.Struct, frozen=True):
    claim: str
    asked: ClaimAsk
    real: bool


def _rows(asking: JudgeAsk) -> list[_Row]:
    """Return the claims that are shown, ordered by digest, with the planted ones among them."""
    unique = {claim.id: claim for claim in asking.claims[:MAX_CLAIMS] if _showable(claim)}
    if not unique:
        return []
    shown = [(claim, True) for claim in sorted(unique.values(), key=_digest)]
    false = controls([f"{c.source.text} {c.target.text}" for c, _ in shown], 2)
    for control, relation in zip(false, ("required_part", "accessory"), strict=True):
        planted = ClaimAsk("", Thing("", control.anchor), Thing("", control.candidate), relation)
        shown.insert(control.place % (len(shown) + 1), (planted, False))
    return [_Row(f"k{n}", claim, real) for n, (claim, real) in enumerate(shown, 1)]


def _showable(claim: ClaimAsk) -> bool:
    ends = (claim.source, claim.target)
    return claim.relation in STATEMENTS and all(
        plain(end.text, 160) and not suspect(f"{end.text}\n{end.kind}\n{end.facts}") for end in ends
    )


def _digest(claim: ClaimAsk) -> bytes:
    return hashlib.sha256(msgspec.json.encode(claim)).digest()


def _inputs(asking: JudgeAsk) -> dict[str, object]:
    return {
        "claims": [
            {
                "claim": row.claim,
                "B": _shown(row.asked.target),
                "A": _shown(row.asked.source),
                "statement": STATEMENTS[row.asked.relation].format(a="A", b="B"),
            }
            for row in _rows(asking)
        ]
    }


def _shown(thing: Thing) -> str:
    parts = (plain(thing.text, 160), plain(thing.kind, 80), plain(thing.facts, 200))
    return " | ".join(part for part in parts if part)


def _read(asking: JudgeAsk, fields: Json) -> Judged:
    drops = Drops()
    rows = {row.claim: row for row in _rows(asking)}
    found: dict[str, Judgement] = {}
    for item in reply.items(fields, "verdicts"):
        row = rows.get(reply.text(item, "claim"))
        judgement = _judgement(item, row.asked.id) if row else None
        if row is None:
            drops.drop("unknown claim")
        elif row.claim in found:
            drops.drop("judged twice")
        elif judgement is None:
            drops.drop("incomplete")
        else:
            found[row.claim] = judgement
    for row in rows.values():
        if not row.real and row.claim not in found:
            raise ReplyError("Judge every claim once, by its id, with every question and a score.")
        if not row.real and found[row.claim].score >= PASS:
            raise UntrustedError("It signs a statement that is certainly false.")
    by_id = {row.asked.id: found[row.claim] for row in rows.values() if row.claim in found}
    order = dict.fromkeys(claim.id for claim in asking.claims)
    real = {row.asked.id for row in rows.values() if row.real}
    return Judged(
        tuple(by_id[i] for i in order if i in real and i in by_id),
        tuple(i for i in order if i not in real or i not in by_id),
        drops.done(),
    )


def _judgement(item: Json, claim: str) -> Judgement | None:
    """Return the judgement an item holds, or None unless every part of it is there."""
    score = reply.whole(item, "score")
    answers: list[tuple[str, bool]] = []
    for name in QUESTIONS:
        if (answer := reply.flag(item, name)) is None:
            return None
        answers.append((name, answer))
    if score is None or not 1 <= score <= 10:
        return None
    if not all(answer for _, answer in answers):
        score = min(score, PASS - 1)
    return Judgement(claim, score, tuple(answers))


def _spared(asking: JudgeAsk) -> Judged | None:
    return None if _rows(asking) else Judged((), tuple(dict.fromkeys(c.id for c in asking.claims)))


JUDGE: Program[JudgeAsk, Judged] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 120 + 60 * (min(len(asking.claims), MAX_CLAIMS) + 2),
    spared=_spared,
)
"""Claims in, a judgement for each out, in one call."""
