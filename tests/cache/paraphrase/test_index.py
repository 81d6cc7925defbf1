import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goeswith.cache.paraphrase.index import VectorIndex

DIM = 16


def unit(seed: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=80), st.integers(100, 200))
def test_the_nearest_is_that_of_a_plain_search(steps: list[tuple[bool, int]], probe: int) -> None:
    index = VectorIndex(DIM)
    held: dict[str, NDArray[np.float32]] = {}
    for adds, number in steps:
        name = str(number)
        if adds:
            index.add(name, unit(number))
            held[name] = unit(number)
        else:
            assert index.remove(name) == (held.pop(name, None) is not None)
    assert len(index) == len(held)
    near = index.nearest(unit(probe))
    if not held:
        assert near is None
    else:
        best = max(float(vector @ unit(probe)) for vector in held.values())
        assert near is not None
        assert near.similarity == pytest.approx(best, abs=1e-5)
        assert near.name in held


def test_a_name_can_be_left_out() -> None:
    index = VectorIndex(DIM)
    index.add("a", unit(1))
    assert index.nearest(unit(1), besides="a") is None
    index.add("b", unit(2))
    near = index.nearest(unit(1), besides="a")
    assert near is not None
    assert near.name == "b"


def test_many_rows_go_through_a_graph_and_deletes_hold() -> None:
    index = VectorIndex(DIM, exact_rows=200)
    for number in range(600):
        index.add(str(number), unit(number))
    found = [index.nearest(unit(number)) for number in range(600)]
    assert sum(near is not None and near.name == str(n) for n, near in enumerate(found)) >= 590
    for number in range(0, 600, 2):
        assert index.remove(str(number))
    for number in range(0, 600, 2):
        near = index.nearest(unit(number))
        assert near is None or int(near.name) % 2 == 1
    for number in range(1, 540, 2):
        index.remove(str(number))
    assert len(index) == 30
    near = index.nearest(unit(541))
    assert near is not None
    assert near.name == "541"
