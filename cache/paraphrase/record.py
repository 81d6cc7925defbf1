"""What a question says, as the cache room needs to know it. Made by whoever reads questions."""

from __future__ import annotations

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One question, read. Two are compared by `goeswith.cache.paraphrase.guard`.

    Attributes:
        intent: What kind of answer is asked for ("find", "substitute").
        fields: Name and words of each part, in order: ("anchor", "canon eos r10"),
            ("wanted", "lens"). The name carries the direction.
        locale: Language tag. Never matched across.
        price: Lowest and highest price, None where there is no bound.
        brands: Brands asked for.
        not_brands: Brands excluded.
        not_words: Words excluded.
        attributes: Attribute names and values that were read from the words.
        audience: For whom, or "".
        people: For how many, 0 when not said.
        scope: What else an answer depends on: versions, size of the answer. Never matched across.
    """

    intent: str
    fields: tuple[tuple[str, str], ...]
    locale: str = "en"
    price: tuple[float | None, float | None] = (None, None)
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    audience: str = ""
    people: int = 0
    scope: str = ""
