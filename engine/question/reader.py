"""From a text to a `Question`: pure, deterministic, without an LM or retrieval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from msgspec.structs import replace

from goeswith.engine.errors import QuestionError
from goeswith.engine.model import Constraints
from goeswith.engine.question.attributes import AttributeReader
from goeswith.engine.question.audience import AudienceReader
from goeswith.engine.question.brand import BrandReader
from goeswith.engine.question.canonical import (
    OF_BASKET,
    Fields,
    main_words,
    split_canonical,
    write_canonical,
)
from goeswith.engine.question.clean import clean
from goeswith.engine.question.core import Core, CoreReader
from goeswith.engine.question.exclude import ExclusionReader
from goeswith.engine.question.language import GAP, load_language, without_gaps
from goeswith.engine.question.model import Intent, Question
from goeswith.engine.question.price import PriceReader
from goeswith.engine.question.tables import language_of
from goeswith.engine.question.vocabulary import Vocabulary
from goeswith.engine.question.words import join_words

_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")
_NONE: Final = Constraints()
_BASKET: Final = Core(Intent.COMPLEMENT, [], [], [], [])


def read_question(
    text: str,
    *,
    locale: str = "en",
    vocabulary: Vocabulary | None = None,
    basket: Sequence[str] = (),
) -> Question:
    """Read a question.

    Args:
        text: What the shopper typed.
        locale: Language tag; it picks the word tables and is part of the key.
        vocabulary: Brands and attribute values of the catalog, to read "Sony headphones" and
            "not Kellogg's" as brand constraints.
        basket: SKUs that the shopper has. With any, "what else do I need" is about them.

    Raises:
        QuestionError: when the text is empty, has no words, names nothing, or is too long, or
            when the locale is not a language tag.
    """
    shown, folded = clean(text)
    tag, reader = _reader_of(locale)
    question = reader.read(shown, folded, tag, vocabulary, with_basket=bool(basket))
    return replace(question, basket=tuple(sorted(set(basket)))) if basket else question


@lru_cache(maxsize=256)
def _reader_of(locale: str) -> tuple[str, _Reader]:
    tag = locale[:64].strip().replace("_", "-").lower()
    if not _LOCALE.fullmatch(tag):
        raise QuestionError('The locale is not a language tag; use one such as "en" or "en-us".')
    return tag, _reader(language_of(tag))


class _Reader:
    """The readers of one language in order."""

    def __init__(self, name: str) -> None:
        self._language = load_language(name)
        self._core = CoreReader(self._language)
        self._price = PriceReader(self._language)
        self._audience = AudienceReader(self._language)
        self._brand = BrandReader(self._language)
        self._exclusion = ExclusionReader(self._language)
        self._attributes = AttributeReader(self._language)
        self._no_vocabulary = Vocabulary(language=name)

    def read(
        self,
        shown: str,
        folded: str,
        locale: str,
        vocabulary: Vocabulary | None,
        *,
        with_basket: bool,
    ) -> Question:
        known = vocabulary or self._no_vocabulary
        if folded[0] == "[":
            fields = self._reread(folded, with_basket=with_basket)
            if fields is not None:
                return self._question(shown, locale, fields, _NONE, known)
        words = self._core.strip(self._language.words(folded))
        people = self._audience.read(words)
        price = self._price.read(people.words)
        excluded = self._exclusion.read(price.words, known)
        branded = self._brand.explicit(excluded.words, known)
        core = self._read_core(branded.words, with_basket=with_basket)
        if core is not None:
            whole = core is _BASKET
            fields = Fields(core, "" if whole else people.audience, 0 if whole else people.people)
            constraints = Constraints(
                price_min=price.low,
                price_max=price.high,
                brands=branded.brands,
                not_brands=excluded.brands,
                not_words=excluded.terms,
            )
            return self._question(shown, locale, fields, constraints, known)
        # All that was named was an audience, a brand or an exclusion: "everything for a newborn".
        price = self._price.read(words)
        core = self._read_core(price.words, with_basket=with_basket)
        if core is None and with_basket:
            core = _BASKET
        if core is None:
            raise QuestionError(
                "The question names no product and no activity; say what it is about, "
                'for example "what goes with pancake mix".'
            )
        constraints = Constraints(price_min=price.low, price_max=price.high)
        return self._question(shown, locale, Fields(core, "", 0), constraints, known)

    def _read_core(self, words: list[str], *, with_basket: bool) -> Core | None:
        if with_basket and self._core.is_of_basket([w for w in words if w != GAP]):
            return _BASKET
        if GAP in words:
            words = self._core.strip(without_gaps(words))
        return self._core.read(words)

    def _question(
        self, shown: str, locale: str, fields: Fields, constraints: Constraints, known: Vocabulary
    ) -> Question:
        core, audience, people = fields
        if core.intent is Intent.ACTIVITY and not audience:
            core, audience = self._company(core)
        sought = core.find or core.wanted
        attributes = self._attributes.read(sought, known) if sought else ()
        if core.activity:
            attributes = tuple(sorted({*attributes, *self._attributes.diet(core.activity)}))
        brands = self._brand.sought(sought, known) if sought else ()
        if attributes or brands or constraints.brands:
            constraints = Constraints(
                price_min=constraints.price_min,
                price_max=constraints.price_max,
                brands=tuple(sorted({*constraints.brands, *brands} - {*constraints.not_brands})),
                not_brands=constraints.not_brands,
                attributes=attributes,
                not_words=constraints.not_words,
            )
        main = main_words(core)
        phrase = core.wanted if core.intent is Intent.COMPATIBLE and core.wanted else main
        return Question(
            text=shown,
            canonical=write_canonical(Fields(core, audience, people)),
            intent=core.intent,
            phrase=join_words(phrase),
            anchor=join_words(core.anchor),
            wanted=join_words(core.wanted),
            activity=join_words(core.activity),
            constraints=constraints,
            audience=audience,
            people=people,
            locale=locale,
        )

    def _company(self, core: Core) -> tuple[Core, str]:
        """Read "camping with kids": who comes along is the audience of an activity."""
        words = core.anchor or core.activity
        at = 0 if core.anchor else len(words) - words[::-1].index("with") if "with" in words else -1
        end, label = self._audience.label_at(words, at) if at >= 0 else (0, "")
        if not label or end < len(words):
            return core, ""
        if core.anchor:
            return core._replace(anchor=[]), label
        activity = self._core.trim(words[: at - 1])
        return (
            (core._replace(activity=activity), label) if self._core.names(activity) else (core, "")
        )

    def _reread(self, folded: str, *, with_basket: bool) -> Fields | None:
        if with_basket and folded == OF_BASKET:
            return Fields(_BASKET, "", 0)
        found = split_canonical(folded)
        if found is None:
            return None
        intent = Intent(next(iter(found)))
        words = {
            name: self._core.trim(self._language.words(text), possessives=intent is not Intent.FIND)
            for name, text in found.items()
        }
        main = words[intent.value]
        if not self._core.names(main):
            return None
        activity = intent is Intent.ACTIVITY
        core = Core(
            intent=intent,
            find=main if intent is Intent.FIND else [],
            anchor=words.get("anchor", []) if activity else [] if intent is Intent.FIND else main,
            wanted=words.get("wanted", []),
            activity=main if activity else [],
        )
        return Fields(core, " ".join(words.get("audience", [])), int(found.get("people", 0)))


@cache
def _reader(name: str) -> _Reader:
    return _Reader(name)
