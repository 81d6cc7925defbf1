"""Other names for what a phrase says, from a table of names for the same thing."""

from __future__ import annotations

import hashlib
import tomllib
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


@cache
def _table() -> dict[_Name, tuple[_Name, ...]]:
    table: dict[_Name, tuple[_Name, ...]] = {}
    for group in tomllib.loads(_source().decode())["groups"]:
        names = [tuple(terms(name)) for name in group]
        for name in names:
            others = tuple(n for n in names if n != name)
            table[name] = table.get(name, ()) + others
    return table


@cache
def _longest() -> int:
    return max(map(len, _table()))


def variants(phrase: str) -> list[str]:
    """Return up to `MOST_VARIANTS` rewritten phrases, each with one name exchanged; not the phrase.

    The words outside the exchanged name stay. The result is in terms ("diaper size 3"), which is
    what search works on.
    """
    words = terms(phrase)
    table = _table()
    for length in range(min(len(words), _longest()), 0, -1):
        for start in range(len(words) - length + 1):
            others = table.get(tuple(words[start : start + length]), ())
            if others:
                head, tail = words[:start], words[start + length :]
                found = dict.fromkeys(" ".join([*head, *other, *tail]) for other in others)
                return list(found)[:MOST_VARIANTS]
    return []
