"""From text as typed to text that can be shown and text that can be compared."""

from __future__ import annotations

import re
import unicodedata

from goeswith.engine.errors import QuestionError

MAX_CHARS = 2_000
"""Longest question that is read, in characters, before and after Unicode normalisation."""

EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]{2,}")
"""An e-mail address, or what looks like one."""

_JOINERS = "\u200c\u200d"
_LATIN_JOINER = re.compile("(?<=[\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u024f]|$)")
_SELECTORS = frozenset(chr(c) for c in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))

# NFKC would turn these into letters or glue them to a neighbour ("Lego™" to "LegoTM", "№ 5" to
# "No 5", "10²" to "102"), which changes the meaning.
_BEFORE_NFKC = str.maketrans(
    {
        **dict.fromkeys("™®©℠ª", ""),
        "№": "#",
        "º": "°",
        **{sup: f"^{digit}" for digit, sup in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    }
)
_AFTER_NFKC = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2044": "/",
        **dict.fromkeys("\u3001\u060c\u3002", ","),
        "\u061f": "?",
    }
)


def clean(text: str) -> tuple[str, str]:
    """Return the question for showing and its folded form for reading.

    Control characters, lone surrogates and private-use characters become spaces; invisible format
    characters (bidi overrides, tags, soft hyphens) are removed. The folded form is NFKC and case
    folded, with one kind of quote and dash, and without e-mail addresses: they say who asks, not
    what for.

    Raises:
        QuestionError: when the text is too long or holds no word.
    """
    if len(text) > MAX_CHARS:
        raise QuestionError(
            f"The question has {len(text)} characters; ask it in {MAX_CHARS} or fewer."
        )
    if text.isascii() and text.isprintable():
        shown = " ".join(text.split())
        folded = shown.lower()
    else:
        shown = " ".join("".join(map(_visible, text)).split())
        shown = _LATIN_JOINER.sub("", shown)
        folded = _fold(shown)
        if len(folded) > MAX_CHARS:
            raise QuestionError(
                f"The question is longer than {MAX_CHARS} characters once its ligatures are "
                "written out; ask it in fewer words."
            )
    if not any(map(str.isalnum, folded)):
        raise QuestionError(
            "The question has no words; type what you look for, "
            'for example "what goes with pancake mix".'
        )
    if "@" in folded:
        kept = " ".join(EMAIL.sub(" ", folded).split())
        folded = kept if any(map(str.isalnum, kept)) else folded
    return shown, folded


def _visible(char: str) -> str:
    if " " <= char <= "~":
        return char
    category = unicodedata.category(char)
    if category in {"Cc", "Cs", "Co"} or category[0] == "Z":
        return " "
    if (category == "Cf" and char not in _JOINERS) or char in _SELECTORS:
        return ""
    return char


def _fold(shown: str) -> str:
    mapped = shown.translate(_BEFORE_NFKC)
    spaced = "".join(f" {c}" if unicodedata.category(c) == "No" else c for c in mapped)
    folded = unicodedata.normalize("NFKC", spaced).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_AFTER_NFKC)
    return " ".join(folded.split())
