"""One real call for each program, on a tiny example, to see whether a model is fit for the work."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from goeswith.prompts.errors import Failed
from goeswith.prompts.extend import EXTEND, ExtendAsk, Extended
from goeswith.prompts.judge import JUDGE, PASS, ClaimAsk, JudgeAsk, Judged
from goeswith.prompts.limits import Both, Purse, Tally
from goeswith.prompts.lm import LM
from goeswith.prompts.name_why import NAME_WHY, Bought, Named, NameWhyAsk
from goeswith.prompts.phrase import PHRASE, PhraseAsk, Phrased
from goeswith.prompts.plan import PLAN, PlanAsk, Planned
from goeswith.prompts.program import Program
from goeswith.prompts.relate import RELATE, Anchor, RelateAsk, Related
from goeswith.prompts.words import Thing

_TENT = Thing("t1", "two person tent")
_PEGS = Thing("t2", "tent pegs")
_MILK = Thing("t3", "oat milk")
_MIX, _FROSTING = Thing("g1", "cake mix"), Thing("g2", "frosting")
_SOLD = ("tents", "tent pegs", "sleeping bags", "camping stoves", "gas cartridges", "oat milk")

EXAMPLES: tuple[tuple[Program[Any, Any], object], ...] = (
    (PLAN, PlanAsk("everything for a first camping trip", hints=_SOLD)),
    (
        EXTEND,
        ExtendAsk(
            "everything for a first camping trip",
            needs=(("n1", "camping stove"), ("n2", "sleeping bag")),
            found=("camping stove: single burner stove, screw-on gas cartridge not included",),
        ),
    ),
    (RELATE, RelateAsk((Anchor(_TENT),), (_PEGS, _MILK), ((0, 0), (0, 1)))),
    (
        JUDGE,
        JudgeAsk(
            (
                ClaimAsk("right", _TENT, _PEGS, "accessory"),
                ClaimAsk("wrong", _MILK, _TENT, "required_part"),
            )
        ),
    ),
    (NAME_WHY, NameWhyAsk((Bought(_MIX, _FROSTING, baskets=1189, lift=49.0),))),
    (PHRASE, PhraseAsk((("n1", "stove to cook on while camping"),), hints=_SOLD)),
)


class Row(msgspec.Struct, frozen=True):
    """How one program fared.

    `outcome` is "works" when the reply could be used and is sensible, "poor" when it could be
    used but misses the obvious, "failed" otherwise. `said` is one line for a person.
    """

    program: str
    outcome: Literal["works", "poor", "failed"]
    said: str
    calls: int
    tokens: int
    usd: float
    seconds: float


def check(lm: LM, seconds: float = 60.0, payer: Purse | None = None) -> tuple[Row, ...]:
    """Ask each program's example once, at most `seconds` each. What a model does never raises.

    `payer` is asked before each call too.
    """
    return tuple(_row(lm, program, asking, seconds, payer) for program, asking in EXAMPLES)


def _row(
    lm: LM, program: Program[Any, Any], asking: object, seconds: float, payer: Purse | None
) -> Row:
    tally = Tally()
    purse = tally if payer is None else Both(tally, payer)
    start = lm.clock()
    result = program.ask(lm, asking, lm.within(seconds, program.name, purse))
    took = lm.clock() - start
    if isinstance(result, Failed):
        outcome: Literal["works", "poor", "failed"] = "failed"
        said = f"{result.reason}: {result.detail}" if result.detail else result.reason
    else:
        sensible, said = _look(result)
        outcome = "works" if sensible else "poor"
    spent = tally.spent
    return Row(program.name, outcome, said, spent.calls, spent.tokens, spent.usd, took)


def _look(result: object) -> tuple[bool, str]:
    """Return whether a result holds the obvious, and what it holds in one line."""
    match result:
        case Planned(needs=needs) | Extended(needs=needs):
            fine = len(needs) >= 2 if isinstance(result, Planned) else len(needs) <= 1
            return fine, ", ".join(need.phrase for need in needs) or "no new needs"
        case Related(claims=claims) | Named(claims=claims):
            told = "; ".join(f"{c.relation}: {c.why}" for c in claims)
            ends = {(c.source, c.target) for c in claims}
            fine = ends in ({("t1", "t2")}, {("g1", "g2")}, {("g2", "g1")})
            return fine, told or "no relation"
        case Judged(judgements=judgements):
            scores = {j.id: j.score for j in judgements}
            fine = scores.get("right", 0) >= PASS > scores.get("wrong", PASS)
            return fine, ", ".join(f"{name} {score}" for name, score in scores.items())
        case Phrased(queries=queries):
            return bool(queries), "; ".join(", ".join(texts) for _, texts in queries)
        case _:
            return False, "nothing"
