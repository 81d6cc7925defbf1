"""Products offered for a need: popular, related, varied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.builder.select import BY_WORDS, Candidate, choose
from goeswith.engine.model import Product


def candidate(
    sku: str,
    *,
    title: str = "",
    brand: str = "",
    group: str = "",
    popularity: int = 10,
    together: float = 0.0,
    match: float = 0.5,
    share: float = 1.0,
) -> Candidate:
    product = Product(sku, title or sku, brand=brand, item_group=group)
    return Candidate(int(sku[1:]), product, match, share, popularity, together, ())


def skus(candidates: list[Candidate], most: int = 3) -> list[str]:
    return [chosen.product.sku for chosen, _ in choose(candidates, most)]


def test_the_most_bought_comes_first() -> None:
    assert skus([candidate("s1", popularity=5), candidate("s2", popularity=500)]) == ["s2", "s1"]


def test_what_is_bought_with_the_anchor_beats_what_is_only_popular() -> None:
    popular = candidate("s1", popularity=300)
    related = candidate("s2", popularity=200, together=0.9)
    assert skus([popular, related]) == ["s2", "s1"]


def test_the_type_that_covers_the_need_best_comes_first() -> None:
    staple = candidate("s1", popularity=5000, share=0.2)
    meant = candidate("s2", popularity=50)
    assert skus([staple, meant]) == ["s2", "s1"]


def test_a_title_is_offered_once() -> None:
    twins = [candidate("s1", title="Syrup"), candidate("s2", title="Syrup")]
    assert skus(twins) == ["s1"]


def test_another_brand_comes_before_more_of_the_same() -> None:
    pool = [
        candidate("s1", brand="acme", popularity=100),
        candidate("s2", brand="acme", popularity=99),
        candidate("s3", brand="other", popularity=98),
    ]
    assert skus(pool) == ["s1", "s3", "s2"]


def test_what_was_asked_for_in_words_comes_before_what_is_bought_more() -> None:
    popular = candidate("s1", popularity=900, match=0.4)
    meant = candidate("s2", popularity=3, match=1.0)
    assert skus([popular, meant]) == ["s1", "s2"]
    assert [c.product.sku for c, _ in choose([popular, meant], 2, BY_WORDS)] == ["s2", "s1"]


def test_words_do_not_make_way_for_another_brand() -> None:
    pool = [
        candidate("s1", brand="acme", match=1.0),
        candidate("s2", brand="acme", match=0.99),
        candidate("s3", brand="other", match=0.95),
    ]
    assert [c.product.sku for c, _ in choose(pool, 3, BY_WORDS)] == ["s1", "s2", "s3"]


pools = st.lists(
    st.builds(
        candidate,
        st.integers(0, 50).map(lambda n: f"s{n}"),
        title=st.sampled_from(["", "Syrup", "Honey"]),
        brand=st.sampled_from(["", "a", "b"]),
        popularity=st.integers(0, 1000),
        together=st.floats(0, 1),
        match=st.floats(0, 1),
    ),
    max_size=20,
    unique_by=lambda c: c.product.sku,
)


@given(pools, st.integers(0, 6))
def test_never_more_than_asked_never_twice_always_scored(pool: list[Candidate], most: int) -> None:
    chosen = choose(pool, most)
    titles = [c.product.title for c, _ in chosen]
    assert len(chosen) <= most
    assert len(titles) == len(set(titles))
    assert all(0.0 <= score <= 1.0 for _, score in chosen)
    assert {c.product.sku for c, _ in chosen} <= {c.product.sku for c in pool}


@given(pools, st.randoms(use_true_random=False))
def test_the_order_of_the_pool_does_not_matter(pool: list[Candidate], random: object) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert [c.row for c, _ in choose(pool, 5)] == [c.row for c, _ in choose(shuffled, 5)]
