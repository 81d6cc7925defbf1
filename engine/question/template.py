"""Question templates: literal words and slots, compiled from one line of text each.

    what [else] (go|pair) [well] with {anchor}

`(a|b c)` one of, `[a|b]` optional, `<name>` a named group, `{slot}` one word or more.
`{slot!set}` a slot that holds no word of a named set; `{slot<6}` of fewer than six words.
`{slot=a|b}` literal words that also fill the slot; `{slot:value=a|b}` fill it with value.

Matching is greedy from left to right and never goes back, so it takes time linear in the length
of the question for each template: alternatives are tried longest first, a slot ends at the first
place where the words after it match, a slot at the end takes the rest. A slot never holds the end
of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from goeswith.engine.errors import SettingsError
from goeswith.engine.question.words import STOP

_T = TypeVar("_T")

Slots = dict[str, list[str]]

MOST_WORDS: Final = 16
"""Longest slot in words, unless the template says less."""

_PART = re.compile(r"\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|[^\s({\[\]})]+|.")
_SLOT = re.compile(r"([a-z]+)(?::([a-z ]+))?(?:=(.+)|((?:![a-z_]+)*)(?:<([0-9]+))?)")
_GROUP = re.compile(r"<([a-z_]+)>")


class _Literal(NamedTuple):
    """Words at one place: first word to its continuations, longest first."""

    rest: Mapping[str, tuple[tuple[str, ...], ...]]
    optional: bool
    fills: str
    value: tuple[str, ...]


class _Slot(NamedTuple):
    name: str
    banned: frozenset[str]
    limit: int


class Template(NamedTuple):
    """A compiled template: literals before, between and after the slots."""

    source: str
    head: tuple[_Literal, ...]
    parts: tuple[tuple[_Slot, tuple[_Literal, ...]], ...]

    def first_words(self) -> frozenset[str]:
        """Words one of which the head starts with. Raises SettingsError when it is all optional."""
        words: set[str] = set()
        for literal in self.head:
            words.update(literal.rest)
            if not literal.optional:
                return frozenset(words)
        raise SettingsError(f'Template "{self.source}" needs a word that is not optional.')

    def required(self) -> list[frozenset[str]]:
        """Sets of words, of each of which a matching question holds one; smallest set first."""
        runs = (self.head, *(run for _, run in self.parts))
        sets = [frozenset(lit.rest) for run in runs for lit in run if not lit.optional]
        return sorted(sets, key=lambda words: (len(words), sorted(words)))

    def match(self, words: Sequence[str]) -> Slots | None:
        """Return the words of each slot if the whole question matches, else None."""
        slots: Slots = {}
        at = _run(self.head, words, 0, slots)
        if at < 0:
            return None
        count = len(words)
        for slot, run in self.parts:
            end, after = count, count
            if run:
                end, after = _find(run, words, at + 1, slots)
            if not at < end <= count or end - at > slot.limit:
                return None
            taken = list(words[at:end])
            if STOP in taken or (slot.banned and not slot.banned.isdisjoint(taken)):
                return None
            slots[slot.name] = taken
            at = after
        return slots if at == count else None


def prefix(template: Template, words: Sequence[str], at: int) -> int:
    """Return where a template without slots that starts at `at` ends, -1 for no match."""
    return _run(template.head, words, at, {})


def compile_template(
    source: str,
    groups: Mapping[str, str],
    sets: Mapping[str, frozenset[str]],
    split: Callable[[str], list[str]],
) -> Template:
    """Compile one line. `split` reads literal words the way questions are read.

    Raises:
        SettingsError: when the line cannot be used.
    """
    head: list[_Literal] = []
    parts: list[tuple[_Slot, list[_Literal]]] = []
    for piece in _PART.findall(source):
        if piece == " ":
            continue
        part = _GROUP.sub(lambda found: _named(groups, found[1], source), piece)
        run = parts[-1][1] if parts else head
        if part[0] != "{":
            optional = part[0] == "["
            run.append(_literal(part.strip("()[]"), split, source, optional=optional))
            continue
        found = _SLOT.fullmatch(part[1:-1])
        if found is None:
            raise SettingsError(f'Template "{source}": cannot read {part}.')
        name, value, literal, banned, limit = found.groups()
        if literal:
            run.append(
                _literal(literal, split, source, fills=name, value=tuple((value or "").split()))
            )
            continue
        if parts and not run:
            raise SettingsError(f'Template "{source}": two slots need a word between them.')
        words = frozenset[str]().union(
            *(_named(sets, key, source) for key in (banned or "").split("!") if key)
        )
        parts.append((_Slot(name, words, int(limit) - 1 if limit else MOST_WORDS), []))
    return Template(source, tuple(head), tuple((slot, tuple(run)) for slot, run in parts))


def _named(table: Mapping[str, _T], key: str, source: str) -> _T:
    try:
        return table[key]
    except KeyError:
        raise SettingsError(f'Template "{source}": there is no "{key}".') from None


def _literal(
    text: str,
    split: Callable[[str], list[str]],
    source: str,
    *,
    optional: bool = False,
    fills: str = "",
    value: tuple[str, ...] = (),
) -> _Literal:
    rest: dict[str, set[tuple[str, ...]]] = {}
    for alternative in text.split("|"):
        words = split(alternative)
        if not words or any(sign in alternative for sign in "()[]{}<>!"):
            raise SettingsError(f'Template "{source}": cannot read "{alternative}".')
        first, *more = words
        rest.setdefault(first, set()).add(tuple(more))
    ordered = {
        first: tuple(sorted(more, key=lambda m: (-len(m), m))) for first, more in rest.items()
    }
    return _Literal(ordered, optional, fills, value)


def _run(run: tuple[_Literal, ...], words: Sequence[str], at: int, slots: Slots) -> int:
    count = len(words)
    for literal in run:
        start = at
        for more in literal.rest.get(words[at], ()) if at < count else ():
            end = at + 1 + len(more)
            if not more or tuple(words[at + 1 : end]) == more:
                at = end
                break
        if at == start:
            if literal.optional:
                continue
            return -1
        if literal.fills:
            slots[literal.fills] = list(literal.value or words[start:at])
    return at


def _find(
    run: tuple[_Literal, ...], words: Sequence[str], start: int, slots: Slots
) -> tuple[int, int]:
    """Return where the run begins and ends, at or after `start`."""
    first = run[0]
    for at in range(start, len(words)):
        if first.optional or words[at] in first.rest:
            after = _run(run, words, at, slots)
            if after >= 0:
                return at, after
    return -1, -1
