"""Turn any text into search terms. Knows nothing of indexes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_COMPOUND = re.compile(r"[^\W_]+(?:[-./'’+][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_DECIMAL = re.compile(r"\d+\.\d+")
_POSSESSIVE = re.compile(r"['’]s$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")

_UNITS = (
    "g|kg|mg|l|ml|cl|oz|lb|lbs|ct|pk|pc|pcs|mm|cm|m|in|inch|ft|w|v|mah|gb|tb|mb|mp|hz|ghz|k|x"
    "|st|nd|rd|th"
)
_QUANTITY = re.compile(rf"\d{{1,4}}(?:x\d{{1,4}})?-?(?:{_UNITS})?|\d{{5,}}-?(?:{_UNITS})")

_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "gas": "gas",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "lens": "lens",
    "lenses": "lens",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "scarves": "scarf",
    "shelves": "shelf",
    "teeth": "tooth",
    "women": "woman",
}

_ENDINGS = (
    # Ending, shortest word, letters to cut, letters to add. The first that fits is used.
    ("ies", 5, 3, "y"),
    ("ie", 5, 2, "y"),
    ("sses", 4, 2, ""),
    ("xes", 4, 2, ""),
    ("ches", 4, 2, ""),
    ("shes", 4, 2, ""),
    ("oes", 5, 2, ""),
    ("che", 4, 1, ""),
    ("oe", 4, 1, ""),
    ("ss", 4, 0, ""),
    ("us", 4, 0, ""),
    ("is", 4, 0, ""),
    ("s", 4, 1, ""),
)

_STOP = """
a an and any are at be but by do for from get have i in is it like looking me my need of on or our
please show some that the their these this those to want we what which with you your
"""
STOPWORDS = frozenset(_STOP.split())
"""English words that carry no product meaning. They stay in the index; queries may drop them."""


def fold(text: str) -> str:
    """Return the text in lower case without accents, NFKD-normalised."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the word without its plural ending, so that singular and plural meet.

    Both forms may change: "cookies" and "cookie" become "cooky". Words with
    digits stay as they are.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 3 and word.isalpha():
        for ending, shortest, cut, instead in _ENDINGS:
            if len(word) >= shortest and word.endswith(ending):
                return word[: len(word) - cut] + instead
    return word


@lru_cache(maxsize=65536)
def _terms_of(compound: str) -> tuple[str, ...]:
    compound = _POSSESSIVE.sub("", compound)
    if compound.isalnum() and compound.isascii():
        return (stem(compound),)
    if _DECIMAL.fullmatch(compound):
        return (compound,)
    parts = _PART.findall(compound)
    has_digit = any(c.isdigit() for c in compound)
    has_letter = any(c.isalpha() for c in compound)
    if len(parts) > 1 and has_digit and has_letter:
        return ("-".join(parts), "".join(parts))
    terms: list[str] = []
    for part in parts:
        runs = _CJK.findall(part)
        for run in runs:
            terms.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        rest = _CJK.sub(" ", part) if runs else part
        terms.extend(stem(word) for word in rest.split())
    return tuple(terms)


def terms(text: str) -> list[str]:
    """Return the search terms of a text in order, repeats kept.

    Lower case, accents folded, split on punctuation, plurals reduced. A model number keeps its
    hyphenated and its compact form ("LP-E17" gives "lp-e17" and "lpe17"). Chinese, Japanese and
    Korean runs give character pairs. Any text is accepted; a text without letters or digits gives
    no terms.
    """
    found: list[str] = []
    for compound in _COMPOUND.findall(fold(text)):
        found.extend(_terms_of(compound))
    return found


def content_terms(text: str) -> list[str]:
    """Return the terms of a query without stop words, or all of them if nothing else is left."""
    every = terms(text)
    return [t for t in every if t not in STOPWORDS] or every


def is_model_number(term: str) -> bool:
    """Say whether a term looks like a model number or code: letters with digits, or a long number.

    A quantity with its unit ("12oz", "500ml") is not one.
    """
    if _QUANTITY.fullmatch(term):
        return False
    digits = sum(c.isdigit() for c in term)
    letters = sum(c.isalpha() for c in term)
    return (digits >= 1 and letters >= 1) or digits >= 5
