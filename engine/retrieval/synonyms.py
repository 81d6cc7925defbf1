"""Other names for what a phrase says, from a table of names for the same thing."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources

from goeswith.engine.retrieval.text import terms

MOST_VARIANTS = 4
_Name = tuple[str, ...]


@cache
def _source() -> bytes:
    return (resources.files("goeswith.engine.retrieval") / "synonyms.toml").read_bytes()


def table_version() -> str:
    """Return a digest of the table; it changes with any byte of it."""
    return hashlib.blake2b(_source(), digest_size=8).hexdigest()


Knows = Callable[[str], object]
"""Tells whether a catalog knows a term; anything true is a yes."""

_Other = tuple[_Name, _Name]
"""Another name, and the terms of which a catalog must know one; none for no condition."""


@cache
def _table() -> dict[_Name, tuple[_Other, ...]]:
    file = tomllib.loads(_source().decode())
    groups: list[tuple[list[str], tuple[str, ...]]] = [(group, ()) for group in file["groups"]]
    groups += [(entry["names"], tuple(entry["where"])) for entry in file["where"]]
    table: dict[_Name, tuple[_Other, ...]] = {}
    for group, witnesses in groups:
        where = tuple(term for word in witnesses for term in terms(word))
        names = [tuple(terms(name)) for name in group]
        for name in names:
            others = tuple((n, where) for n in names if n != name)
            table[name] = table.get(name, ()) + others
    return table


@cache
def _longest() -> int:
    return max(map(len, _table()))


def variants(phrase: str, knows: Knows) -> list[str]:
    """Return up to `MOST_VARIANTS` rewritten phrases, each with one name exchanged; not the phrase.

    The words outside the exchanged name stay. The result is in terms ("diaper size 3"), which is
    what search works on. A name that also names other things is used at the end only, and if the
    catalog `knows` one of the things it stands beside: in a shop of computers a laptop is a
    notebook, and a laptop bag is a bag.
    """
    words = terms(phrase)
    table = _table()
    for length in range(min(len(words), _longest()), 0, -1):
        for start in range(len(words) - length + 1):
            others = table.get(tuple(words[start : start + length]), ())
            if others:
                head, tail = words[:start], words[start + length :]
                found = dict.fromkeys(
                    " ".join([*head, *other, *tail])
                    for other, where in others
                    if not where or (not tail and any(map(knows, where)))
                )
                return list(found)[:MOST_VARIANTS]
    return []
