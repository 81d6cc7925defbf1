import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goeswith.cache.paraphrase import Asked, Candidate, Kind, ParaphraseTier, Policy
from goeswith.cache.paraphrase.journal import FILE_NAME

DIM = 32
SURE = Policy(explore_same=0.0, explore_learned=0.0)
Vector = NDArray[np.float32]


def find(text: str, **more: object) -> Asked:
    return msgspec.structs.replace(Asked("find", (("find", text),)), **more)


def vector(text: str) -> Vector:
    """Bags of letters: close for close spellings."""
    out = np.zeros(DIM, np.float32)
    for char in text:
        out[ord(char) % DIM] += 1
    norm = float(np.linalg.norm(out))
    return np.asarray(out / norm if norm else out, np.float32)


def given_vector(text: str) -> Callable[[], Vector]:
    return lambda: vector(text)


def no_vector() -> Vector:
    raise AssertionError("No vector is needed here.")


@pytest.fixture
def tier(tmp_path: Path) -> Iterator[ParaphraseTier]:
    tier = ParaphraseTier(tmp_path / "p", DIM, policy=SURE)
    yield tier
    tier.close()


def store(tier: ParaphraseTier, text: str, key: str | None = None, **more: object) -> None:
    tier.add(find(text, **more), key or text, vector(text))


def test_equal_form_is_served_without_a_vector(tier: ParaphraseTier) -> None:
    store(tier, "leather sofa")
    found = tier.find(find("leather couch"), "own", no_vector)
    assert found == Candidate("leather sofa", Kind.SAME, None, True)


def test_no_vector_is_made_when_nothing_could_agree(tier: ParaphraseTier) -> None:
    store(tier, "tent 2 person")
    assert tier.find(find("tent 4 person"), "own", no_vector) is None


def test_a_neighbour_is_not_served_before_its_bound_was_learned(tier: ParaphraseTier) -> None:
    store(tier, "garden chair")
    found = tier.find(find("garden chairz"), "own", given_vector("garden chairz"))
    assert found is not None
    assert (found.key, found.kind, found.serve) == ("garden chair", Kind.UNPROVEN, False)
    for _ in range(200):
        tier.observe(found, correct=True)
    learned = tier.find(find("garden chairz"), "own", given_vector("garden chairz"))
    assert learned is not None
    assert learned.serve
    tier.observe(found, correct=False)
    tier.observe(found, correct=False)
    again = tier.find(find("garden chairz"), "own", given_vector("garden chairz"))
    assert again is not None
    assert not again.serve


def test_one_wrong_answer_takes_the_guards_word(tier: ParaphraseTier) -> None:
    store(tier, "leather sofa")
    found = tier.find(find("leather couch"), "own", no_vector)
    assert found is not None
    tier.observe(found, correct=False)
    again = tier.find(find("leather couch"), "own", given_vector("leather couch"))
    assert again is not None
    assert again.kind is Kind.SAME
    assert not again.serve


def test_reordered_words_are_no_candidate_whatever_was_learned(tier: ParaphraseTier) -> None:
    store(tier, "milk chocolate")
    candidate = Candidate("milk chocolate", Kind.UNPROVEN, 0.7, False)
    for _ in range(300):
        tier.observe(candidate, correct=True)
    assert tier.find(find("chocolate milk"), "own", given_vector("chocolate milk")) is None


def test_the_own_key_is_no_candidate(tier: ParaphraseTier) -> None:
    store(tier, "leather sofa", "own")
    assert tier.find(find("leather couch"), "own", given_vector("leather couch")) is None


@pytest.mark.parametrize(
    "other", [{"locale": "en-gb"}, {"scope": "2"}, {"people": 3}, {"brands": ("acme",)}]
)
def test_nothing_is_served_across(tier: ParaphraseTier, other: dict[str, object]) -> None:
    store(tier, "leather sofa")
    assert tier.find(find("leather couch", **other), "own", no_vector) is None


def test_forget_removes_here_and_in_other_tiers(tmp_path: Path) -> None:
    one = ParaphraseTier(tmp_path, DIM, policy=msgspec.structs.replace(SURE, sync_every_s=0))
    other = ParaphraseTier(tmp_path, DIM, policy=msgspec.structs.replace(SURE, sync_every_s=0))
    store(one, "leather sofa")
    assert other.find(find("leather couch"), "own", no_vector) is not None
    assert one.forget(["leather sofa", "never there"]) == 1
    for tier in (one, other):
        assert tier.find(find("leather couch"), "own", no_vector) is None
        assert tier.stats().entries == 0
        tier.close()


def test_other_tiers_are_looked_at_only_now_and_then(tmp_path: Path) -> None:
    now = [0.0]
    one = ParaphraseTier(tmp_path, DIM, policy=SURE)
    other = ParaphraseTier(tmp_path, DIM, policy=SURE, clock=lambda: now[0])
    assert other.stats().entries == 0
    store(one, "leather sofa")
    assert other.find(find("leather couch"), "own", no_vector) is None
    now[0] = 1.5
    assert other.find(find("leather couch"), "own", no_vector) is not None
    one.close()
    other.close()


def test_everything_comes_back_after_a_restart(tmp_path: Path) -> None:
    tier = ParaphraseTier(tmp_path, DIM, embedder="e", policy=SURE)
    store(tier, "leather sofa")
    store(tier, "garden chair")
    unproven = Candidate("garden chair", Kind.UNPROVEN, 0.95, False)
    for _ in range(200):
        tier.observe(unproven, correct=True)
    tier.observe(Candidate("leather sofa", Kind.SAME, None, True), correct=False)
    tier.close()
    again = ParaphraseTier(tmp_path, DIM, embedder="e", policy=SURE)
    found = again.find(find("garden chairz"), "own", given_vector("garden chairz"))
    assert found is not None
    assert found.serve
    distrusted = again.find(find("leather couch"), "own", given_vector("leather couch"))
    assert distrusted is not None
    assert not distrusted.serve
    again.close()
    assert ParaphraseTier(tmp_path, DIM, embedder="f", policy=SURE).stats().entries == 0


def test_a_damaged_entry_is_left_out(tmp_path: Path) -> None:
    tier = ParaphraseTier(tmp_path, DIM, policy=SURE)
    store(tier, "leather sofa")
    store(tier, "garden chair")
    tier.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as con:
        blob = bytearray(
            con.execute("SELECT blob FROM Entry WHERE name = 'garden chair'").fetchone()[0]
        )
        blob[80] ^= 1
        con.execute("UPDATE Entry SET blob = ? WHERE name = 'garden chair'", (bytes(blob),))
    con.close()
    again = ParaphraseTier(tmp_path, DIM, policy=SURE)
    assert again.stats().entries == 1
    assert again.stats().damaged == 1
    again.close()


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    tier = ParaphraseTier(tmp_path, DIM, policy=msgspec.structs.replace(SURE, most=10))
    for number in range(15):
        store(tier, f"thing {number}")
    assert tier.stats().entries == 10
    assert tier.find(find("thing 0"), "own", no_vector) is None
    assert tier.find(find("thing 14"), "own", no_vector) is not None
    assert tier.clear() == 10
    tier.close()


def test_exploring_is_the_same_every_time(tmp_path: Path) -> None:
    policy = Policy(explore_same=0.5)
    answers = []
    for folder in ("a", "b"):
        tier = ParaphraseTier(tmp_path / folder, DIM, policy=policy)
        store(tier, "leather sofa")
        found = [tier.find(find("leather couch"), f"k{n}", no_vector) for n in range(200)]
        answers.append([candidate is not None and candidate.serve for candidate in found])
        tier.close()
    assert answers[0] == answers[1]
    assert 60 < sum(answers[0]) < 140


@pytest.mark.parametrize("wrong", [np.zeros(3), np.full(DIM, np.nan), np.zeros((1, DIM))])
def test_a_wrong_vector_is_refused(tier: ParaphraseTier, wrong: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="vector"):
        tier.add(find("sofa"), "k", wrong.astype(np.float32))


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_can_be_stored_and_found_again(texts: list[str]) -> None:
    tier = ParaphraseTier(None, DIM, policy=SURE)
    for number, text in enumerate(texts):
        store(tier, text, str(number))
    for text in texts:
        found = tier.find(find(text), "own", given_vector(text))
        assert found is not None
        assert found.serve


def test_threads_share_a_tier(tier: ParaphraseTier) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(40):
                store(tier, f"thing {number} of {step}")
                tier.find(find(f"thing {step}"), "own", given_vector(f"thing {step}"))
                if step % 7 == 0:
                    tier.forget([f"thing {number} of {step}"])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert tier.stats().entries == 4 * (40 - 6)


def _fill(folder: Path, number: int) -> None:
    tier = ParaphraseTier(folder, DIM, policy=SURE)
    for step in range(20):
        store(tier, f"thing {number} of {step}")
    tier.close()


def test_processes_share_a_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fill, args=(tmp_path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    tier = ParaphraseTier(tmp_path, DIM, policy=SURE)
    assert tier.stats().entries == 60
    tier.close()
