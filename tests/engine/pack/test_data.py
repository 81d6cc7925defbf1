from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from goeswith.engine.model import Relation
from goeswith.engine.pack import Activity, apply_rule, load_pack
from goeswith.engine.pack.compile import compiled_pack
from goeswith.engine.pack.load import COMPILED, shipped_sources
from goeswith.engine.pack.schema import PACK_RELATIONS
from goeswith.engine.pack.words import content_words, normalise, phrase_key

_PACK = load_pack()
_REASONS = [need.reason for activity in _PACK.activities for need in activity.needs] + [
    entry.reason for entry in _PACK.relations
]


def test_there_is_enough_of_everything() -> None:
    assert len(_PACK.activities) >= 150
    assert len(_PACK.relations) >= 800
    assert len(_PACK.rules) >= 50
    assert len(_PACK.generic) >= 100
    counts = Counter(entry.relation for entry in _PACK.relations)
    assert set(counts) == PACK_RELATIONS
    assert min(counts.values()) >= 20


@pytest.mark.parametrize("activity", _PACK.activities, ids=lambda activity: activity.id)
def test_an_activity_is_whole(activity: Activity) -> None:
    assert 4 <= len(activity.needs) <= 9
    assert len(activity.names) >= 3
    assert sum(need.anchor for need in activity.needs) <= 1
    phrases = [phrase_key(need.phrase) for need in activity.needs]
    assert len(set(phrases)) == len(phrases)
    for need in activity.needs:
        names = [phrase_key(name) for name in (need.phrase, *need.synonyms)]
        assert len(set(names)) == len(names), need.id


def test_no_two_activities_share_a_name() -> None:
    names = Counter(normalise(name) for activity in _PACK.activities for name in activity.names)
    assert [name for name, times in names.items() if times > 1] == []
    words = Counter(
        frozenset(content_words(name))
        for activity in _PACK.activities
        for name in {frozenset(content_words(name)): name for name in activity.names}.values()
    )
    assert [sorted(name) for name, times in words.items() if times > 1] == []


def test_every_name_finds_its_activity_first() -> None:
    for activity in _PACK.activities:
        for name in activity.names:
            found, score = _PACK.find_activity(name)[0]
            assert found.id == activity.id, name
            assert score == 1.0


def test_several_plans_have_ranks() -> None:
    chained = [
        activity.id
        for activity in _PACK.activities
        if any(
            other.after
            for need in activity.needs
            for parent in need.after
            for other in activity.needs
            if other.id == parent
        )
    ]
    assert len(chained) >= 15
    assert {"bird-photography", "pc-building", "travel-photography"} <= set(chained)


def test_reasons_are_sentences_and_hardly_repeat() -> None:
    assert max(Counter(normalise(reason) for reason in _REASONS).values()) <= 6
    for reason in _REASONS:
        assert re.fullmatch(r"[^a-z].*[.!?]", reason), reason
        assert len(reason) >= 20, reason
        assert not _PACK.is_generic(reason), reason


def test_reasons_do_not_share_a_template() -> None:
    starts = Counter(" ".join(normalise(reason).split()[:5]) for reason in _REASONS)
    start, times = starts.most_common(1)[0]
    assert times <= 8, start


def test_no_single_product_is_named_everywhere() -> None:
    heads = Counter(phrase_key(entry.head) for entry in _PACK.relations)
    assert max(heads.values()) <= 20


def test_accessories_point_from_the_device() -> None:
    stated = {
        (entry.relation, phrase_key(entry.head), phrase_key(entry.tail))
        for entry in _PACK.relations
    }
    one_way = (Relation.ACCESSORY, Relation.REQUIRED_PART)
    for relation, head, tail in stated:
        if relation in one_way:
            assert not any((other, tail, head) in stated for other in one_way)


def test_rules_of_accepted_values_have_tables_and_others_none() -> None:
    tabled = {table.rule for table in _PACK.accepts}
    assert tabled == {rule.id for rule in _PACK.rules if rule.test == "accepts"}


def test_an_adapter_joins_only_what_does_not_fit_already() -> None:
    rules = {rule.id: rule for rule in _PACK.rules}
    for adapter in _PACK.adapters:
        rule = rules[adapter.rule]
        for value in adapter.values:
            for other in adapter.takes:
                left = {rule.left_attributes[0]: value}
                right = {rule.right_attributes[0]: other}
                assert apply_rule(rule, left, right, _PACK.accepts) == "reject"


def test_rule_sentences_differ() -> None:
    sentences = Counter(text for rule in _PACK.rules for text in (rule.accept, rule.reject))
    assert max(sentences.values()) == 1


def test_files_stay_readable() -> None:
    for name, raw in shipped_sources():
        assert raw.count(b"\n") < 400, name


def test_the_compiled_pack_is_fresh() -> None:
    stored = files("goeswith.engine.pack").joinpath(COMPILED).read_bytes()
    assert stored == compiled_pack(), "run: python -m goeswith.engine.pack.compile"
