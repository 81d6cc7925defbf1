"""Plain word handling for pack look-ups. Knows nothing of catalogs or embeddings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("['’`]")
_MARK = "Mn"
_LONG_WORD = 8
_NOUNS = {
    "canvas": "canvas",
    "canvases": "canvas",
    "feet": "foot",
    "knives": "knife",
    "leaves": "leaf",
    "lens": "lens",
    "lenses": "lens",
    "loaves": "loaf",
    "mice": "mouse",
    "scarves": "scarf",
    "shelves": "shelf",
    "teeth": "tooth",
}

_STOP = frozenset(
    _WORD.findall(
        """a about all am an and any are as at be been buy by can could do does doing everything
        find for from get getting give go going good got had has have having help how i if im in
        into is it its ive kind know like list looking make making may me mine mom more must my
        need needed needs new of on one or our out please recommend set shop shopping should so
        some something start starting stuff suggest supplies supply take tell that the their them
        there these thing things this to today up us use used want we what whats when which will
        with would you your tonight tomorrow yesterday week weekend monday tuesday wednesday
        thursday friday saturday couple two three four five six seven eight nine ten twelve dozen
        lot wants plan planning host hosting throw throwing essentials gear equipment"""
    )
)

_LINKS = frozenset(
    _WORD.findall(
        """about after and at before by during for from in near on over to under until when while
        with without"""
    )
)


def normalise(text: str) -> str:
    """Return the text folded for comparison: no case, no accents, words joined by one space."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = _APOSTROPHE.sub("", flat)
    letters = "".join(c for c in plain if unicodedata.category(c) != _MARK)
    return " ".join(_WORD.findall(letters))


def stem(word: str) -> str:
    """Cut common English endings so that "photographing" and "photograph" agree.

    A light suffix stripper: it need not give a word, only the same string for forms of one word.
    """
    if len(word) <= 3 or word.isdigit():
        return word
    for ending in ("ies", "ie", "ing", "ers", "es", "ed", "er", "s", "y", "e"):
        root = word[: -len(ending)]
        if ending == "y" and len(word) < _LONG_WORD:
            continue
        if word.endswith(ending) and len(root) >= 3 and not word.endswith("ss"):
            if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return root[:-1] if root[-1] in "ey" and len(root) > 3 else root
    return word


def singular(word: str) -> str:
    """Return one form for the singular and plural of an English noun.

    It need not be a word: "cookie" and "cookies" both give "cooky". Rules and a few exceptions; a
    noun that merely looks like a plural may lose a letter, in every place alike.
    """
    if word in _NOUNS:
        return _NOUNS[word]
    if len(word) <= 4 and word.endswith("ies"):
        return word[:-1]
    if len(word) > 4 and word.endswith(("ies", "ie")):
        return f"{word.removesuffix('s')[:-2]}y"
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith(("ches", "shes", "sses", "xes", "toes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def phrase_key(phrase: str) -> str:
    """Return the key under which a product phrase is filed: singular words in order."""
    return " ".join(singular(word) for word in normalise(phrase).split())


def content_words(text: str) -> tuple[str, ...]:
    """Return the stems that carry meaning, in order of first use, without repeats.

    If every word is a common one, all of them are kept.
    """
    words = normalise(text).split()
    kept = [word for word in words if word not in _STOP] or words
    return tuple(dict.fromkeys(stem(word) for word in kept))


def head_word(text: str) -> str:
    """Return the stem of what a text is about: the last word with meaning before it goes on.

    "Banana bread for the kids" is about bread. "" where no word has meaning.
    """
    head = ""
    for word in normalise(text).split():
        if head and word in _LINKS:
            break
        if word not in _STOP and word not in _LINKS:
            head = stem(word)
    return head


def main_keys(aliases: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the key of every alias mapped to the key of the phrase it stands under."""
    return {
        phrase_key(name): phrase_key(phrase) for phrase, names in aliases.items() for name in names
    }
