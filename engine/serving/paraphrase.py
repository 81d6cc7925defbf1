"""The paraphrase tier as the engine uses it: what it is told of a question, what it gives back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.answer import Body
from goeswith.engine.question import Intent, Question
from goeswith.engine.serving.opened import Opened, Reading

if TYPE_CHECKING:
    from goeswith.cache.paraphrase import Asked, Candidate, ParaphraseStats, ParaphraseTier
    from goeswith.cache.paraphrase.index import Vector


class Paraphrases:
    """The tier of one home. Opens nothing before the first question that misses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tiers: dict[tuple[str, int], ParaphraseTier] = {}
        self._opening = threading.Lock()

    def find(self, reading: Reading, opened: Opened, *, embed: bool) -> Candidate | None:
        """Return the stored question that comes nearest. With `embed` off, no vector is made."""
        tier = self._tier(opened)
        asked = asked_of(reading.question, reading.scope)
        if not embed:
            return tier.find(asked, reading.key)
        return tier.find(asked, reading.key, lambda: _vector(reading, opened))

    def add(self, reading: Reading, opened: Opened) -> None:
        """Store a question whose complete answer was stored. Never call it for a personal one."""
        tier = self._tier(opened)
        tier.add(asked_of(reading.question, reading.scope), reading.key, _vector(reading, opened))

    def compare(self, candidate: Candidate, built: bytes, stored: bytes) -> None:
        """Learn whether a candidate that was not served would have been right."""
        same = same_groups(built, stored)
        if same is not None:
            for tier in self._tiers.values():
                tier.observe(candidate, correct=same)

    def forget(self, key: str) -> None:
        """Forget a question whose answer is gone."""
        for tier in self._tiers.values():
            tier.forget((key,))

    def clear(self, opened: Opened) -> int:
        """Forget every question; return how many there were."""
        return self._tier(opened).clear()

    def stats(self, opened: Opened) -> ParaphraseStats:
        """Return what is held and what happened since the home was opened."""
        return self._tier(opened).stats()

    def close(self) -> None:
        """Close the file."""
        for tier in self._tiers.values():
            tier.close()

    def _tier(self, opened: Opened) -> ParaphraseTier:
        from goeswith.cache.paraphrase import ParaphraseTier

        space = opened.space
        with self._opening:
            if space not in self._tiers:
                self._tiers[space] = ParaphraseTier(self._folder, space[1], embedder=space[0])
            return self._tiers[space]


def _vector(reading: Reading, opened: Opened) -> Vector:
    # The build embeds the same words: whoever comes first pays for both.
    return opened.builder().shop.retriever.vector(text_to_embed(reading.question))


def asked_of(question: Question, scope: str = "") -> Asked:
    """Return the guard's record of a question.

    Args:
        question: As `read_question` gives it.
        scope: Whatever else the answer depends on: its versions and how large it may be.
            Questions of different scopes, or with different baskets, never share an answer.
    """
    from goeswith.cache.paraphrase import Asked

    limits = question.constraints
    return Asked(
        intent=question.intent.value,
        fields=_fields(question),
        locale=question.locale,
        price=(limits.price_min, limits.price_max),
        brands=limits.brands,
        not_brands=limits.not_brands,
        not_words=limits.not_words,
        attributes=limits.attributes,
        audience=question.audience,
        people=question.people,
        scope="\x1f".join((scope, *question.basket)),
    )


def text_to_embed(question: Question) -> str:
    """Return the words of a question that are embedded: what it is about, without its wording."""
    words = [text for _, text in _fields(question)]
    return " ".join((*words, question.audience)).strip()


def same_groups(one: bytes, other: bytes) -> bool | None:
    """Say whether two stored answers give the same products for the same number of needs.

    The order of products inside a group does not count. None when it cannot be said: an answer
    is empty or degraded, and so is evidence of nothing.
    """
    first, second = (msgspec.json.decode(body, type=Body) for body in (one, other))
    if first.degraded or second.degraded or not first.groups or not second.groups:
        return None
    return _skus(first) == _skus(second)


def _skus(body: Body) -> list[frozenset[str]]:
    return [frozenset(product.sku for product in group.products) for group in body.groups]


def _fields(question: Question) -> tuple[tuple[str, str], ...]:
    if question.intent is Intent.FIND:
        return (("find", question.phrase),)
    named = (
        ("activity", question.activity),
        ("anchor", question.anchor),
        ("wanted", question.wanted),
    )
    return tuple((name, text) for name, text in named if text)
