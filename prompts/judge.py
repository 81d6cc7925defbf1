"""The critic's question: is this claim about two things true, specific, the right way round?

Another view than the proposer's: the critic reads finished sentences in an order of their own,
without the proposer's reasons, and answers fixed questions before it gives a score.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Literal

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import plain
from goeswith.prompts.controls import controls
from goeswith.prompts.fence import suspect
from goeswith.prompts.program import Program, UntrustedError
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import STATEMENTS, TRUE_IF, Dropped, Thing

MAX_CLAIMS = 30
PLANTED = 2
"""False claims in every call."""
PASS = 6
"""Scores from here on speak for a claim (LLM-PKG prunes below 6)."""

QUESTIONS = ("clear", "true", "specific", "direction", "useful")
"""The yes/no questions, in the order they are asked."""


class ClaimAsk(msgspec.Struct, frozen=True):
    """A claim to judge. `id` is the caller's own and is not shown."""

    id: str
    source: Thing
    target: Thing
    relation: str


class JudgeAsk(msgspec.Struct, frozen=True):
    """Claims to judge in one call, at most `MAX_CLAIMS`; what exceeds it stays unanswered.

    `decoys` are claims known to be false, to be planted among the others; where there are fewer
    than `PLANTED`, some of ours are.
    """

    claims: tuple[ClaimAsk, ...]
    decoys: tuple[ClaimAsk, ...] = ()


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
    specific: bool
    direction: bool
    useful: bool
    score: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


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
- true: the claim's own question, given in its "true_if".
- specific: is it truer of this pair than of two random products of the shop?
- direction: is it the right way round, the one thing serving the other as it says? Say true where
  the statement has no direction.
- useful: would a shopper who has the first thing be helped by hearing it?
Then give score, a whole number from 1 to 10: 1 surely wrong, 5 you would not sign it, 6 you would
sign it, 10 no doubt at all. A claim with any false has 5 or less. Judge every claim once, by its
id.
""",
    inputs=(
        Input("claims", list, "claims: id, the two things, the statement, what makes it true"),
    ),
    reply=JudgeReply,
    revision=2,
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
    ours = controls([f"{c.source.text} {c.target.text}" for c, _ in shown], PLANTED)
    forms = [claim.relation for claim, _ in shown]
    given = [claim for claim in asking.decoys if _showable(claim)]
    for number, control in enumerate(ours):
        ends = Thing("", control.anchor), Thing("", control.candidate)
        own = ClaimAsk("", *ends, forms[control.place % len(forms)])
        planted = given[number] if number < len(given) else own
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
                "true_if": TRUE_IF[row.asked.relation].format(a="A", b="B"),
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
        if row is None:
            drops.drop("unknown claim")
            continue
        judgement = _judgement(item, row.asked.id)
        if row.claim in found:
            drops.drop("judged twice")
        elif isinstance(judgement, str):
            drops.drop("incomplete", row.claim, judgement)
        else:
            found[row.claim] = judgement
    for row in rows.values():
        if not row.real and row.claim not in found:
            missing = [name for name in rows if name not in found]
            raise ReplyError(
                f"{drops.told(missing, 'not judged')} Judge every claim once, by its id, with "
                "every question and a score from 1 to 10."
            )
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


def _judgement(item: Json, claim: str) -> Judgement | str:
    """Return the judgement an item holds, or which rule it breaks. A score of 0 counts as 1."""
    score = reply.whole(item, "score")
    answers: list[tuple[str, bool]] = []
    for name in QUESTIONS:
        if (answer := reply.flag(item, name)) is None:
            return f'"{name}" is not true or false'
        answers.append((name, answer))
    if score is None:
        return "score is not a whole number"
    if not 0 <= score <= 10:
        return f"score {score} is not 1 to 10"
    if not all(answer for _, answer in answers):
        score = min(score, PASS - 1)
    return Judgement(claim, max(score, 1), tuple(answers))


def _spared(asking: JudgeAsk) -> Judged | None:
    return None if _rows(asking) else Judged((), tuple(dict.fromkeys(c.id for c in asking.claims)))


JUDGE: Program[JudgeAsk, Judged] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 120 + 60 * (min(len(asking.claims), MAX_CLAIMS) + PLANTED),
    spared=_spared,
)
"""Claims in, a judgement for each out, in one call."""
