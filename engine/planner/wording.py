"""A question in plain words again, made from what it means.

A model is told this and not what was typed: questions with one key get one reply, and greetings,
names and whatever else a shopper typed stay here.
"""

from __future__ import annotations

from goeswith.engine.model import Constraints
from goeswith.engine.question import Intent, Question

_ASKED = {
    Intent.COMPLEMENT: "what goes with {subject}",
    Intent.ACCESSORY: "accessories for {subject}",
    Intent.SUBSTITUTE: "what can I take instead of {subject}",
    Intent.COMPATIBLE: "what fits {subject}",
    Intent.ACTIVITY: "what do I need for {subject}",
    Intent.FIND: "{subject}",
}
_WANTED = {
    Intent.COMPLEMENT: "which {wanted} goes with {subject}",
    Intent.ACCESSORY: "{wanted} for {subject}",
    Intent.SUBSTITUTE: "{wanted} instead of {subject}",
    Intent.COMPATIBLE: "{wanted} that fits {subject}",
}


def wording(question: Question) -> str:
    """Return the question as one sentence in words."""
    subject = question.anchor or question.phrase
    if question.intent is Intent.ACTIVITY:
        subject = question.activity or question.phrase
    asked = _WANTED.get(question.intent, "") if question.wanted else ""
    parts = [
        (asked or _ASKED[question.intent]).format(subject=subject, wanted=question.wanted),
        f"with {question.anchor}" if question.anchor and question.intent is Intent.ACTIVITY else "",
        f"for {question.audience}" if question.audience else "",
        f"for {question.people} people" if question.people else "",
        *_bounds(question.constraints),
    ]
    return " ".join(part for part in parts if part)


def _bounds(asked: Constraints) -> list[str]:
    return [
        f"from {asked.price_min:g}" if asked.price_min is not None else "",
        f"under {asked.price_max:g}" if asked.price_max is not None else "",
        f"by {' or '.join(asked.brands)}" if asked.brands else "",
        *(f"not {name}" for name in (*asked.not_brands, *asked.not_words)),
    ]
