"""What a language model says about pairs of product types, as proposals for the gate.

Works over type ids alone, so it serves a question's gaps and offline work alike. The model is
shown pairs and answers by pair: it can name neither an end nor a relation that was not given.
What it says is weak evidence until the critic has signed it (`goeswith.engine.gate.judging`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from goeswith.engine.gate.judging import criticised, judge_asks
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.lm.asking import Ask
from goeswith.engine.meaning.kinds import whole_name
from goeswith.engine.model import Evidence, Relation, TypePath
from goeswith.prompts import RELATE, Anchor, Failed, RelateAsk, Thing
from goeswith.prompts.relate import MAX_PAIRS, Related

SAID_SCORE = 0.35
"""Evidence score of a relation that a model claims and no critic has judged."""

SAID = "lm/relate"
"""Reference of evidence that a model claims and no critic has judged."""

TypePair = tuple[int, int]
"""Type ids: what the shopper has, and what may go with it."""

Together = Callable[[Sequence[Ask[Any, Any]]], list[Any]]
"""Asks programs at once: a result or a `Failed` for each, in order. `Asker` is one."""


class Opinion(NamedTuple):
    """What a model says about pairs.

    proposals: relations it claims, in the order of the pairs. none: pairs for which it says that
    no relation holds. unanswered: pairs it said nothing usable about.
    """

    proposals: list[Proposal]
    none: list[TypePair]
    unanswered: list[TypePair]


def relate_types(
    ask: Together,
    pairs: Sequence[TypePair],
    types: Sequence[TypePath],
    version: str,
    question: str = "",
) -> Opinion:
    """Ask about pairs and let the critic judge what is claimed: two rounds, in batches.

    The proposals still have to pass the gate. Claims that the critic did not get to judge are
    returned as they are; the gate refuses them.

    Args:
        ask: makes the calls, inside somebody's budget.
        pairs: pairs of type ids.
        types: type paths by type id.
        version: model and prompts, told in the evidence.
        question: what the shopper is about; empty outside of a question.
    """
    asks = relate_asks(pairs, types, question)
    opinion = heard(asks, ask(asks), types, version)
    judging = judge_asks(opinion.proposals)
    judged = criticised(opinion.proposals, ask(judging), version)
    return opinion._replace(proposals=judged)


def relate_asks(
    pairs: Sequence[TypePair], types: Sequence[TypePath], question: str = ""
) -> list[Ask[RelateAsk, Related]]:
    """Return the calls that ask about pairs, as few as there can be."""
    return [
        Ask(RELATE, _asking(pairs[at : at + MAX_PAIRS], types, question))
        for at in range(0, len(pairs), MAX_PAIRS)
    ]


def heard(
    asks: Iterable[Ask[RelateAsk, Related]],
    results: Iterable[Related | Failed],
    types: Sequence[TypePath],
    version: str,
) -> Opinion:
    """Turn replies into proposals with unjudged evidence. A failed call leaves pairs unanswered."""
    opinion = Opinion([], [], [])
    for ask, result in zip(asks, results, strict=True):
        if isinstance(result, Failed):
            opinion.unanswered.extend(_pairs_of(ask.about))
            continue
        opinion.none.extend((int(a), int(b)) for a, b in result.none)
        opinion.unanswered.extend((int(a), int(b)) for a, b in result.unanswered)
        for claim in result.claims:
            a, b = int(claim.source), int(claim.target)
            evidence = Evidence("lm", "supports", SAID_SCORE, SAID, version)
            ends = type_end(a, types[a]), type_end(b, types[b])
            relation = Relation(claim.relation)
            opinion.proposals.append(Proposal(*ends, relation, (evidence,), claim.why))
    return opinion


def type_thing(type_id: int, path: TypePath) -> Thing:
    """Return a product type as a model is shown it. The id stays here."""
    return Thing(str(type_id), whole_name(path), " > ".join(path[:-1]))


def _asking(pairs: Sequence[TypePair], types: Sequence[TypePath], question: str) -> RelateAsk:
    heads = list(dict.fromkeys(a for a, _ in pairs))
    tails = list(dict.fromkeys(b for _, b in pairs))
    return RelateAsk(
        anchors=tuple(Anchor(type_thing(a, types[a])) for a in heads),
        candidates=tuple(type_thing(b, types[b]) for b in tails),
        pairs=tuple((heads.index(a), tails.index(b)) for a, b in pairs),
        question=question,
    )


def _pairs_of(about: RelateAsk) -> list[TypePair]:
    return [(int(about.anchors[a].thing.id), int(about.candidates[b].id)) for a, b in about.pairs]
