"""What must hold across a whole pack.

Entries come as pairs of the file they stand in and themselves. Each problem is one sentence that
names the file and the entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from goeswith.engine.model import Relation
from goeswith.engine.pack.schema import (
    PACK_RELATIONS,
    SYMMETRIC,
    Accepts,
    Activity,
    Adapter,
    PackRelation,
    Rule,
)
from goeswith.engine.pack.words import normalise, phrase_key

_ONE_WAY = frozenset({Relation.ACCESSORY, Relation.REQUIRED_PART})
_TOGETHER = frozenset(PACK_RELATIONS - {Relation.SUBSTITUTE})


def activity_problems(activities: Iterable[tuple[str, Activity]]) -> Iterator[str]:
    """Yield what is wrong with activities: repeated ids or names, dangling or circular `after`."""
    seen: set[str] = set()
    for file, activity in activities:
        where = f'{file}: activity "{activity.id}"'
        if activity.id in seen:
            yield f"{where} is there twice; give one of them another id"
        seen.add(activity.id)
        names = Counter(normalise(name) for name in activity.names)
        yield from (f'{where} has the name "{n}" twice' for n, times in names.items() if times > 1)
        yield from (f"{where}: {problem}" for problem in _need_problems(activity))


def _need_problems(activity: Activity) -> Iterator[str]:
    after = {need.id: need.after for need in activity.needs}
    if len(after) < len(activity.needs):
        yield "two needs have the same id"
    for need in activity.needs:
        unknown = [name for name in need.after if name not in after]
        if unknown:
            yield f'need "{need.id}" comes after "{unknown[0]}", which is not a need of it'
        if need.relation is not None and need.relation not in _TOGETHER:
            yield f'need "{need.id}" cannot have the relation {need.relation}'
        if need.relation is not None and not need.after:
            yield f'need "{need.id}" has a relation but no `after` to relate to'
    open_needs = dict(after)
    while open_needs:
        free = [
            name for name, parents in open_needs.items() if not open_needs.keys() & set(parents)
        ]
        if not free:
            yield f"these needs wait for each other in a circle: {', '.join(sorted(open_needs))}"
            return
        for name in free:
            del open_needs[name]


def relation_problems(
    relations: Iterable[tuple[str, PackRelation]], main_of: Mapping[str, str]
) -> Iterator[str]:
    """Yield what is wrong with relations: self-loops, repeats, inverses and contradictions.

    `main_of` maps the key of an alias to the key of the thing it names.
    """
    stated: dict[tuple[str, str], set[Relation]] = {}
    for file, entry in relations:
        where = f'{file}: "{entry.head}" {entry.relation} "{entry.tail}"'
        if entry.relation not in PACK_RELATIONS:
            yield f"{where}: this relation cannot stand between kinds of product"
        head, tail = (main_of.get(key, key) for key in map(phrase_key, (entry.head, entry.tail)))
        if head == tail:
            yield f"{where} relates a thing to itself"
        forward = stated.setdefault((head, tail), set())
        back = stated.get((tail, head), set())
        if entry.relation in forward or (entry.relation in SYMMETRIC and entry.relation in back):
            yield f"{where} is stated twice"
        if entry.relation in _ONE_WAY and back & _ONE_WAY:
            yield f"{where} is also stated the other way round"
        others = forward | back
        if entry.relation == Relation.SUBSTITUTE and others & _TOGETHER:
            yield f"{where}, but the two are also said to go together"
        if entry.relation in _TOGETHER and Relation.SUBSTITUTE in others:
            yield f"{where}, but the two are also said to replace each other"
        forward.add(entry.relation)


def rule_problems(
    rules: Iterable[tuple[str, Rule]], tables: Iterable[tuple[str, Accepts | Adapter]]
) -> Iterator[str]:
    """Yield what is wrong with rules: repeated ids, tables for a rule that cannot use them."""
    tests: dict[str, str] = {}
    for file, rule in rules:
        if rule.id in tests:
            yield f'{file}: rule "{rule.id}" is there twice; give one of them another id'
        tests[rule.id] = rule.test
    for file, table in tables:
        if tests.get(table.rule) != "accepts":
            yield f'{file}: "{table.rule}" is no rule with the test "accepts", so it takes no table'


def alias_problems(aliases: Iterable[tuple[str, str, tuple[str, ...]]]) -> Iterator[str]:
    """Yield what is wrong with aliases: one name for two things, or a name of a name."""
    main: set[str] = set()
    owner: dict[str, str] = {}
    for file, phrase, names in aliases:
        key = phrase_key(phrase)
        if key in main:
            yield f'{file}: alias "{phrase}" is there twice; put its names in one list'
        main.add(key)
        for name in names:
            other = phrase_key(name)
            if other == key:
                continue
            if owner.setdefault(other, key) != key:
                yield f'{file}: "{name}" is given as a name of two things, "{phrase}" and another'
            if other in main or key in owner:
                yield f'{file}: "{phrase}" or "{name}" is both an alias and has aliases itself'
