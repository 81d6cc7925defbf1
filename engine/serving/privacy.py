"""Keeps personal data out of what is shared: a question that holds some is not stored."""

from __future__ import annotations

import re
import unicodedata

from goeswith.engine.question.clean import EMAIL

_LONG_NUMBER = re.compile(r"(?<!\w)\d(?:[\s()./\u2010-\u2015\u2212-]{0,3}\d){8,}(?!\w)")


def is_personal(text: str) -> bool:
    """Tell whether a text may hold an e-mail address, a phone, card or account number.

    Nine digits in a row, with or without separators, count as a number that may belong to a
    person. A GTIN typed as a question is therefore not cached either; that costs a build, not an
    answer.
    """
    plain = unicodedata.normalize("NFKC", text)
    return bool(EMAIL.search(plain) or _LONG_NUMBER.search(plain))
