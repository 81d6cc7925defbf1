"""Ranks of a plan, for any dependencies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.graph.outline import Brief, Outline, ranked
from goeswith.engine.model import Need

NAMES = [f"k{number}" for number in range(6)]
needs = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from([*NAMES, "unknown"]), max_size=4), max_size=6
)


def briefs(given_needs: dict[str, list[str]]) -> list[Brief]:
    return [
        Brief(Need(name, name, depends_on=tuple(parents))) for name, parents in given_needs.items()
    ]


@given(needs)
def test_every_need_is_kept_and_stands_after_what_it_depends_on(
    given_needs: dict[str, list[str]],
) -> None:
    placed = ranked(briefs(given_needs))
    ranks = {brief.need.id: brief.need.rank for brief in placed}
    assert set(ranks) == set(given_needs)
    for brief in placed:
        parents = brief.need.depends_on
        assert set(parents) <= set(given_needs[brief.need.id])
        assert all(ranks[parent] < brief.need.rank for parent in parents)
        assert brief.need.rank == max((ranks[p] + 1 for p in parents), default=0)
    assert [b.need.rank for b in placed] == sorted(b.need.rank for b in placed)


@given(needs)
def test_without_circles_no_known_dependency_is_lost(given_needs: dict[str, list[str]]) -> None:
    order = sorted(given_needs)
    forward = {
        name: [p for p in parents if p in order and order.index(p) < order.index(name)]
        for name, parents in given_needs.items()
    }
    for brief in ranked(briefs(forward)):
        assert set(brief.need.depends_on) == set(forward[brief.need.id])


def test_rows_of_a_rank_are_together() -> None:
    outline = Outline("knowledge", ranked(briefs({"b": ["a"], "c": ["a"], "a": []})))
    assert [[b.need.id for b in row] for row in outline.ranks()] == [["a"], ["b", "c"]]
    assert outline.plan.source == "knowledge"
