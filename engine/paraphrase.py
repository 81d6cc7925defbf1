"""What the paraphrase tier is told of a question, and what counts as the same answer."""

from __future__ import annotations

import msgspec

from goeswith.cache.paraphrase import Asked
from goeswith.engine.answer import Body
from goeswith.engine.question import Intent, Question


def asked_of(question: Question, scope: str = "") -> Asked:
    """Return the guard's record of a question.

    Args:
        question: As `read_question` gives it.
        scope: Whatever else the answer depends on: its versions and how large it may be.
            Questions of different scopes, or with different baskets, never share an answer.
    """
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
