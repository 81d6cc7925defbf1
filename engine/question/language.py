"""One language, compiled from its tables: words, phrases, templates and phrase edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from goeswith.engine.question.index import TemplateIndex
from goeswith.engine.question.model import Intent
from goeswith.engine.question.tables import WordFile, read_patterns, read_words
from goeswith.engine.question.template import Template, compile_template
from goeswith.engine.question.words import PUNCTUATION, STOP, Lexicon, split_words

GAP: Final = "\x1f"
"""Stands where a constraint was taken out, so that its neighbours are not read as one."""

Phrases = Mapping[str, tuple[tuple[str, ...], ...]]
"""First (or last) word to the phrases that begin (or end) with it, longest first."""


class Opener(NamedTuple):
    """Leading words without meaning, and the words that must not follow them."""

    template: Template
    unless: frozenset[str]


Openers = Mapping[str, tuple[Opener, ...]]


class Language(NamedTuple):
    """Compiled tables of one language."""

    lexicon: Lexicon
    units: Mapping[str, str]
    tables: WordFile
    templates: tuple[tuple[Intent, Template], ...]
    finder: TemplateIndex
    openers: Openers
    late: Openers
    closers: Phrases
    basket: tuple[Template, ...]
    empty: frozenset[str]

    def words(self, folded: str) -> list[str]:
        """Split folded text."""
        return split_words(folded, self.lexicon, self.units)

    def phrases(self, lines: Iterable[str], *, by_last: bool = False) -> Phrases:
        """Index phrases by their first or last word."""
        return _phrases((self.words(line) for line in lines), by_last=by_last)


def starts(phrases: Phrases, words: Sequence[str], at: int) -> int:
    """Return how many words the longest phrase at `at` has; 0 for none."""
    for phrase in phrases.get(words[at], ()):
        size = len(phrase)
        if size == 1 or tuple(words[at : at + size]) == phrase:
            return size
    return 0


def ends(phrases: Phrases, words: Sequence[str], end: int) -> int:
    """Return how many words the longest phrase that ends before `end` has; 0 for none."""
    for phrase in phrases.get(words[end - 1], ()) if end else ():
        size = len(phrase)
        if size == 1 or (size <= end and tuple(words[end - size : end]) == phrase):
            return size
    return 0


def without_gaps(words: Sequence[str]) -> list[str]:
    """Return the words without gaps, and without punctuation that meets other punctuation."""
    out: list[str] = []
    for word in words:
        if word == GAP:
            continue
        if word in PUNCTUATION and out and out[-1] in PUNCTUATION:
            if word == STOP:
                out[-1] = STOP
            continue
        out.append(word)
    return out


@cache
def load_language(name: str) -> Language:
    """Compile the tables of a language.

    Raises:
        SettingsError: when a data file cannot be used.
    """
    patterns, tables = read_patterns(name), read_words(name)
    lexicon = _lexicon(tables)

    def split(text: str) -> list[str]:
        return split_words(text, lexicon, tables.units)

    sets = {key: frozenset(split(line)) for key, line in tables.sets.items()}

    def build(line: str) -> Template:
        return compile_template(line, patterns.groups, sets, split)

    templates = tuple(
        (table.name, build(line)) for table in patterns.intent for line in table.templates
    )

    def openers(lines: Iterable[str]) -> Openers:
        found: dict[str, list[Opener]] = {}
        for line in lines:
            text, _, unless = line.partition("!")
            opener = Opener(build(text.strip()), frozenset(unless.split()))
            for word in opener.template.first_words():
                found.setdefault(word, []).append(opener)
        return {word: tuple(group) for word, group in found.items()}

    return Language(
        lexicon=lexicon,
        units=tables.units,
        tables=tables,
        templates=templates,
        finder=TemplateIndex([template for _, template in templates]),
        openers=openers(patterns.openers.always),
        late=openers(patterns.openers.late),
        closers=_phrases(map(split, patterns.closers), by_last=True),
        basket=tuple(map(build, patterns.basket)),
        empty=frozenset(split(tables.core.empty)),
    )


def _phrases(lines: Iterable[Sequence[str]], *, by_last: bool) -> Phrases:
    found: dict[str, set[tuple[str, ...]]] = {}
    for words in lines:
        found.setdefault(words[-1 if by_last else 0], set()).add(tuple(words))
    return {w: tuple(sorted(p, key=lambda t: (-len(t), t))) for w, p in found.items()}


def _lexicon(tables: WordFile) -> Lexicon:
    singulars = {_plural(word): word for word in tables.singulars.regular.split()}
    singulars |= tables.singulars.irregular
    lexicon = {plural: (word,) for plural, word in singulars.items()}
    spelled = {
        spelling: tuple(split_words(meaning, lexicon, tables.units))
        for spelling, meaning in tables.spellings.items()
    }
    return lexicon | spelled


def _plural(word: str) -> str:
    """Return the regular English plural."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"
