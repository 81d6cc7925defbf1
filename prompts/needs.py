"""Needs as a model names them: read, grounded, renumbered, and always a DAG."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import phrase, same, script
from goeswith.prompts.fence import suspect
from goeswith.prompts.reply import Drops, Json

MAX_NEEDS = 9
_MAX_CONSTRAINTS = 8
_MAX_VALUE_WORDS = 4
_NEGATION = (
    r"(?:no|not|non|without|except|excluding|avoid|avoiding|minus|hate|never|isn t|don t|"
    r"ohne|kein|keine|sans|pas|sin|senza|zonder|bez|utan|uden|sem)"
)
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?!\d)|\d{1,12}(?:[.,]\d{1,6})?")

ConstraintKind = Literal["price_min", "price_max", "brand", "not_brand", "attribute", "not_word"]


@dataclasses.dataclass(frozen=True)
class ConstraintReply:
    """One constraint as the model writes it. `name` is used for an attribute only."""

    kind: ConstraintKind
    name: str
    value: str


@dataclasses.dataclass(frozen=True)
class NeedReply:
    """One need as the model writes it."""

    id: str
    phrase: str
    depends_on: list[str]
    anchor: bool
    constraints: list[ConstraintReply]


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the shopper's own words ask of a product. Names are lower case."""

    price_min: float | None = None
    price_max: float | None = None
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    not_words: tuple[str, ...] = ()


class NeedFound(msgspec.Struct, frozen=True):
    """One need. `depends_on` names needs that must be settled before; together they are a DAG."""

    id: str
    phrase: str
    depends_on: tuple[str, ...] = ()
    wanted: Wanted = Wanted()
    anchor: bool = False


def read_needs(
    raw: list[Json],
    question: str,
    drops: Drops,
    *,
    known: tuple[tuple[str, str], ...] = (),
    most: int = MAX_NEEDS,
) -> tuple[NeedFound, ...]:
    """Return the needs of a reply.

    Needs get ids of our own, following on from `known` (id and phrase of needs there already).
    Refused and counted: no phrase, a phrase that gives orders, a phrase in a script the question
    is not written in, the whole question repeated, a need named twice (its dependants follow the
    first), what exceeds `most`.
    Dependencies on unknown needs and on itself are dropped; one that would close a cycle is
    dropped too, the earlier one in the reply stays. Constraints that the question does not hold
    in so many words are dropped, and so is a "not" without a negation before it.
    """
    letters = script(question)
    ids = {old: old for old, _ in known}
    by_words = {same(words): old for old, words in known}
    taken: list[tuple[str, str, Json]] = []
    for item in raw:
        words = phrase(reply.text(item, "phrase"))
        key, theirs = same(words), reply.text(item, "id")
        if not words:
            drops.drop("no phrase")
        elif suspect(words):
            drops.drop("talks to a model")
        elif letters and script(words) not in ("", letters):
            drops.drop("other script")
        elif key == same(question) and len(raw) + len(known) > 1:
            drops.drop("copy of the question")
        elif key in by_words:
            drops.drop("named twice")
            ids.setdefault(theirs, by_words[key])
        elif len(taken) == most:
            drops.drop("too many")
        else:
            ours = _next_id(len(taken), known)
            by_words[key] = ours
            if theirs in ids:
                drops.drop("id used twice")
            ids.setdefault(theirs, ours)
            taken.append((ours, words, item))
    parents = _edges(taken, ids, drops)
    return tuple(
        NeedFound(
            id=ours,
            phrase=words,
            depends_on=tuple(sorted(parents[ours], key=_order)),
            wanted=_wanted(item, question, drops),
            anchor=reply.flag(item, "anchor") or False,
        )
        for ours, words, item in taken
    )


def _next_id(count: int, known: tuple[tuple[str, str], ...]) -> str:
    numbers = [int(old[1:]) for old, _ in known if re.fullmatch(r"n[0-9]{1,6}", old)]
    return f"n{max(numbers, default=0) + count + 1}"


def _order(ours: str) -> tuple[int, str]:
    return len(ours), ours


def _edges(
    taken: list[tuple[str, str, Json]], ids: dict[str, str], drops: Drops
) -> dict[str, set[str]]:
    """Return the parents of each new need. Only new needs get parents, so known ones stay put."""
    parents: dict[str, set[str]] = {ours: set() for ours, _, _ in taken}
    for ours, _, item in taken:
        for theirs in reply.strings(item, "depends_on", 2 * MAX_NEEDS):
            parent = ids.get(theirs)
            if parent is None:
                drops.drop("depends on an unknown need")
            elif parent == ours:
                drops.drop("depends on itself")
            elif _reaches(parent, ours, parents):
                drops.drop("closes a cycle")
            else:
                parents[ours].add(parent)
    return parents


def _reaches(start: str, goal: str, parents: dict[str, set[str]]) -> bool:
    open_, seen = [start], {start}
    while open_:
        for parent in parents.get(open_.pop(), ()):
            if parent == goal:
                return True
            if parent not in seen:
                seen.add(parent)
                open_.append(parent)
    return start == goal


def _wanted(item: Json, question: str, drops: Drops) -> Wanted:
    raw = item.get("constraints")
    raw = raw[:_MAX_CONSTRAINTS] if isinstance(raw, list) else []
    parts = [part for part in raw if isinstance(part, dict)]
    numbers = {_number(n) for n in _NUMBER.findall(question)}
    words = f" {same(question)} "
    prices: dict[str, float] = {}
    lists: dict[str, list[str]] = {"brand": [], "not_brand": [], "not_word": []}
    attributes: dict[str, str] = {}
    for part in parts:
        kind, value = reply.text(part, "kind"), reply.text(part, "value")
        amount = _NUMBER.search(value) if kind in ("price_min", "price_max") else None
        if amount and (price := _number(amount.group())) in numbers:
            prices.setdefault(kind, price)
        elif kind in lists and _said_so(kind, value, words):
            lists[kind].append(same(value))
        elif kind == "attribute" and _said_so(kind, value, words):
            name = "_".join(same(reply.text(part, "name")).split())[:40]
            attributes.setdefault(name or "any", same(value))
        else:
            drops.drop("constraint not in the question")
    low, high = prices.get("price_min"), prices.get("price_max")
    if low is not None and high is not None and low > high:
        drops.drop("price bounds crossed")
        low = high = None
    return Wanted(
        price_min=low,
        price_max=high,
        brands=tuple(b for b in dict.fromkeys(lists["brand"]) if b not in lists["not_brand"]),
        not_brands=tuple(dict.fromkeys(lists["not_brand"])),
        attributes=tuple(attributes.items()),
        not_words=tuple(dict.fromkeys(lists["not_word"])),
    )


def _said_so(kind: str, value: str, words: str) -> bool:
    """Say whether the question holds a value word for word, after a negation where one is meant."""
    key = same(value)
    if not 0 < len(key.split()) <= _MAX_VALUE_WORDS or f" {key} " not in words:
        return False
    if kind != "attribute" and not any(c.isalpha() for c in key):
        return False
    negated = rf" {_NEGATION} (?:\w+ ){{0,3}}{re.escape(key)} | {re.escape(key)} free "
    return kind in ("brand", "attribute") or re.search(negated, words) is not None


def _number(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", "."))
