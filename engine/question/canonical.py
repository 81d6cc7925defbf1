"""The canonical form: key material that reads back as itself.

    [find] iphone 15 case
    [complement] pizza [wanted] drink
    [compatible] canon eos r10 [wanted] lens
    [complement] [basket]
    [activity] photograph birds [anchor] canon eos r10 [people] 2 [audience] beginners

Two questions with the same canonical form, constraints and locale mean the same thing and build
the same answer. The form is therefore careful. It changes only

- case, Unicode compatibility forms (NFKC), spacing, quotes and dashes, sentence punctuation at the
  edges of a phrase, and a number glued to its unit ("24-inch", "24 inch");
- greetings, openers ("I am looking for"), closers ("any suggestions?"), and articles and "my" at
  the start of a phrase;
- spellings and singulars on a closed list (words.toml); no word is stemmed by rule;
- the wording of the request, which becomes the intent and named fields, so that direction stays:
  "case for phone" and "phone for case" differ in which field holds what.

Nothing is reordered. Prices, exclusions and explicit brands are taken out, because constraints are
a key part of their own. Numbers, models, sizes, colours and units stay as words. A "[" never is
part of a word, so no question can imitate a field inside a phrase.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from goeswith.engine.question.core import Core
from goeswith.engine.question.model import Intent

OF_BASKET = "[complement] [basket]"
"""What goes with the basket; which basket is a key part of its own."""

_FIELD = re.compile(r"\[([a-z]+)\]")
_PEOPLE = re.compile(r"[1-9][0-9]{0,2}")


class Fields(NamedTuple):
    """What the canonical form holds."""

    core: Core
    audience: str
    people: int


def main_words(core: Core) -> list[str]:
    """Return the words of the field that comes first in the canonical form."""
    if core.intent is Intent.FIND:
        return core.find
    return core.activity if core.intent is Intent.ACTIVITY else core.anchor


def write_canonical(fields: Fields) -> str:
    """Return the canonical form."""
    core = fields.core
    parts = [f"[{core.intent.value}]", *main_words(core)] if main_words(core) else [OF_BASKET]
    if core.wanted:
        parts += ("[wanted]", *core.wanted)
    if core.anchor and core.intent is Intent.ACTIVITY:
        parts += ("[anchor]", *core.anchor)
    if fields.audience:
        parts += ("[audience]", fields.audience)
    if fields.people:
        parts += ("[people]", str(fields.people))
    return " ".join(parts)


def split_canonical(folded: str) -> dict[str, str] | None:
    """Return the fields of a text that has the form, None for any other text."""
    pieces = _FIELD.split(folded)
    names = pieces[1::2]
    if pieces[0] or len(set(names)) < len(names) or names[0] not in set(Intent):
        return None
    fields = dict(zip(names, (piece.strip() for piece in pieces[2::2]), strict=True))
    extra = set(names[1:])
    allowed = {"audience", "people"}
    if names[0] != Intent.FIND:
        allowed.add("wanted")
    if names[0] == Intent.ACTIVITY:
        allowed.add("anchor")
    if extra - allowed or not all(fields.values()):
        return None
    if "people" in fields and not _PEOPLE.fullmatch(fields["people"]):
        return None
    return fields
