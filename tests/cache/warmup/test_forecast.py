from pathlib import Path

import msgspec
import pytest

from goeswith.cache.warmup import Built, Estimate, Job, Limits, Result, Spend, estimate, tally
from goeswith.cache.warmup.counting import Wanted
from goeswith.cache.warmup.local import InProcess
from goeswith.cache.warmup.sample import sampled
from goeswith.cache.warmup.work import UNLIMITED
from tests.cache.warmup.fake_shop import FakeShop, read

CEILING = Spend(9, 900, 0.09)


def log(questions: int) -> str:
    """A long tail of three kinds; a kind's builds do not all cost the same."""
    lines = ["query,count"]
    for n in range(questions):
        kind = (f"ask {n * 7 % 10} about", "tea", "empty")[(n * 5) % 7 % 3]
        lines.append(f"{kind} thing {n},{1000 // (n + 1) + 1}")
    return "\n".join(lines)


def both(
    tmp_path: Path,
    questions: int,
    limits: Limits = UNLIMITED,
    sample: int = 80,
) -> tuple[Estimate, Result]:
    folder = tmp_path / "warmup"
    folder.mkdir()
    (tmp_path / "log").write_text(log(questions))
    told = tally([tmp_path / "log"], read, folder / "rejects.jsonl")
    shop, scratch = FakeShop(tmp_path / "store"), FakeShop(tmp_path / "scratch")
    job = Job(folder, told, shop.known, limits=limits, ceiling=CEILING, clock=lambda: shop.now)
    before = sorted(path.name for path in folder.iterdir())
    found = estimate(job, lambda: InProcess(scratch), sample=sample, clock=lambda: scratch.now)
    assert shop.stored() == {}
    assert sorted(path.name for path in folder.iterdir()) == before
    return found, job.run(lambda: InProcess(shop))


def near(found: float, actual: float) -> bool:
    return abs(found - actual) <= 0.2 * abs(actual)


@pytest.mark.parametrize("questions", [30, 420])
def test_an_estimate_is_within_a_fifth(tmp_path: Path, questions: int) -> None:
    found, actual = both(tmp_path, questions)
    assert found.to_build == actual.built + actual.empty
    assert near(found.complete, actual.built)
    assert near(found.spend.lm_calls, actual.spend.lm_calls)
    assert near(found.spend.lm_tokens, actual.spend.lm_tokens)
    assert near(found.spend.usd, actual.spend.usd)
    assert near(found.covered, actual.covered)
    assert near(found.hits_gained, actual.hits_gained)
    assert near(found.seconds, actual.seconds)


@pytest.mark.parametrize("limits", [Limits(lm_calls=180), Limits(usd=1.8), Limits(seconds=4.0)])
def test_an_estimate_foresees_the_limit_that_stops_it(tmp_path: Path, limits: Limits) -> None:
    found, actual = both(tmp_path, 420, limits)
    assert found.stopped == actual.stopped != ""
    assert near(found.to_build, actual.built + actual.empty)
    assert near(found.spend.lm_calls, actual.spend.lm_calls)


def test_a_sample_is_the_head_and_every_kind_of_the_rest() -> None:
    todo = [Wanted(f"{n:04}", "x", "rare" if n == 700 else f"k{n % 3}", 1) for n in range(1000)]
    chosen = sampled(todo, 100)
    assert chosen == sampled(todo, 100)
    assert chosen[:50] == todo[:50]
    assert 98 <= len(chosen) <= 102
    assert todo[700] in chosen
    assert [item.key for item in chosen] == sorted(item.key for item in chosen)
    assert len({item.key for item in chosen}) == len(chosen)


def test_an_estimate_of_what_is_all_warm_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("tea\n")
    told = tally([tmp_path / "log"], read, tmp_path / "rejects.jsonl")
    shop = FakeShop(tmp_path / "store")
    job = Job(tmp_path, told, shop.known)
    job.run(lambda: InProcess(shop))

    def never() -> InProcess:
        raise AssertionError("opened")

    found = estimate(job, never)
    assert (found.to_build, found.already_warm, found.covered, found.seconds) == (0, 1, 1.0, 0.0)


def test_the_sample_keeps_to_the_limits(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log(300))
    told = tally([tmp_path / "log"], read, tmp_path / "rejects.jsonl")
    shop = FakeShop(tmp_path / "store")
    job = Job(tmp_path, told, shop.known, limits=Limits(lm_calls=20), ceiling=CEILING)
    found = estimate(job, lambda: InProcess(shop), sample=200)
    spent = sum(int(text.split()[1]) for text in shop.built if text.startswith("ask"))
    assert 11 < spent <= 20
    assert found.stopped == "lm_calls"
    assert found.spend.lm_calls <= 20


def test_builds_that_get_cheaper_are_foreseen(tmp_path: Path) -> None:
    class Learning(FakeShop):
        """Takes 10 ms the first time, 2 ms later."""

        def build(self, text: str) -> Built:
            seconds = 0.002 if text in self.built else 0.01
            built = super().build(text)
            self.now += 0.01
            return msgspec.structs.replace(built, seconds=seconds)

    (tmp_path / "log").write_text("\n".join(f"tea {n}" for n in range(300)))
    told = tally([tmp_path / "log"], read, tmp_path / "rejects.jsonl")
    shop = Learning(tmp_path / "store")
    job = Job(tmp_path, told, shop.known)
    found = estimate(job, lambda: InProcess(shop), sample=60, clock=lambda: shop.now)
    assert len(shop.built) == 60 + 30
    walls = [0.01 + 0.001 * len(text) + 0.002 + 0.01 for text in shop.built[:60]]
    stretch = sum(walls) / (60 * 0.01)
    # The tail is expected between its first and its second time, by the part that is sampled.
    assert found.seconds == pytest.approx(stretch * (60 * 0.01 + 240 * (0.2 * 0.01 + 0.8 * 0.002)))
