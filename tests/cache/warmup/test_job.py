import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.cache.warmup import Choice, Job, Limits, Result, Spend, tally
from goeswith.cache.warmup.errors import LimitError, WarmupBusyError
from goeswith.cache.warmup.job import FAILURES_IN_A_ROW, JOURNAL
from goeswith.cache.warmup.local import InProcess
from goeswith.cache.warmup.lock import only_one
from tests.cache.warmup.fake_shop import FakeShop, key, read

QUESTIONS = "\n".join(
    ["query,count"]
    + [f"ask {n % 4} about thing {n},{100 - n}" for n in range(20)]
    + ["empty hand,7", "short story,8", "boom box,3"]
)
CEILING = Spend(4, 400, 0.04)


class Stopped(Exception):  # noqa: N818
    """Stands for a kill."""


class Setting:
    """A folder with a log, a store and a checkpoint."""

    def __init__(self, folder: Path, log: str = QUESTIONS) -> None:
        self.folder = folder / "warmup"
        self.folder.mkdir(parents=True)
        self.shop = FakeShop(folder / "store")
        path = folder / "log"
        path.write_text(log)
        self.tally = tally([path], read, self.folder / "rejects.jsonl")

    def job(self, **options: object) -> Job:
        return Job(self.folder, self.tally, self.shop.known, **options)  # type: ignore[arg-type]

    def run(
        self,
        *,
        restart: bool = False,
        progress: Callable[[int, int], None] | None = None,
        **options: object,
    ) -> Result:
        job = self.job(**options)
        return job.run(lambda: InProcess(self.shop), restart=restart, progress=progress)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def stop_after(count: int) -> Callable[[int, int], None]:
    def progress(done: int, _total: int) -> None:
        if done >= count:
            raise Stopped

    return progress


def test_everything_is_built_in_order_of_worth(setting: Setting) -> None:
    result = setting.run()
    assert setting.shop.built[:3] == [f"ask {n} about thing {n}" for n in range(3)]
    assert setting.shop.built[-3:] == ["short story", "empty hand", "boom box"]
    assert (result.built, result.empty, result.left, result.stopped) == (20, 1, 0, "")
    assert result.failed == {"RuntimeError": 1, "cut short": 1}
    assert result.spend.lm_calls == sum(n % 4 for n in range(20))
    asks = sum(100 - n for n in range(20))
    assert result.hits_gained == asks
    assert result.covered == asks / (asks + 7 + 8 + 3)
    assert result.covered_before == 0.0
    assert setting.shop.closed


def test_what_is_warm_is_not_built_again(setting: Setting) -> None:
    first = setting.run()
    setting.shop.built.clear()
    again = setting.run()
    assert setting.shop.built == ["short story", "boom box"]
    assert (again.built, again.already_warm, again.hits_gained) == (0, 21, 0)
    assert again.covered_before == again.covered == first.covered


def test_nothing_is_opened_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    setting = Setting(tmp_path, "tea\n")
    setting.run()

    def never() -> InProcess:
        raise AssertionError("opened")

    assert setting.job().run(never).already_warm == 1


def test_a_choice_takes_the_head_of_the_ranking(setting: Setting) -> None:
    assert setting.run(choice=Choice(top=0.2)).chosen == 5
    assert len(setting.shop.built) == 5
    assert setting.run(choice=Choice(limit=7)).already_warm == 5


def test_resume_does_not_try_again_what_was_tried(setting: Setting) -> None:
    whole = 23
    with pytest.raises(Stopped):
        setting.run(progress=stop_after(22))
    setting.shop.built.clear()
    result = setting.run()
    assert setting.shop.built == ["boom box"]
    assert (result.resumed, result.built, result.empty) == (22, 20, 1)
    assert result.failed == {"RuntimeError": 1, "cut short": 1}
    assert result.chosen == whole


def test_restart_tries_again_what_failed_but_not_what_is_stored(setting: Setting) -> None:
    with pytest.raises(Stopped):
        setting.run(progress=stop_after(21))
    setting.shop.built.clear()
    result = setting.run(restart=True)
    assert setting.shop.built == ["short story", "empty hand", "boom box"]
    assert (result.resumed, result.already_warm) == (0, 20)


def test_another_log_begins_anew(setting: Setting, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        setting.run(progress=stop_after(21))
    log = tmp_path / "other.txt"
    log.write_text("short story\n")
    setting.tally = tally([log], read, tmp_path / "rejects.jsonl")
    assert setting.run().failed == {"cut short": 1}


def test_an_answer_dropped_after_it_was_built_is_built_again(setting: Setting) -> None:
    with pytest.raises(Stopped):
        setting.run(progress=stop_after(3))
    setting.shop.answers.clear()
    result = setting.run()
    assert len(setting.shop.stored()) == 21
    assert (result.built, result.already_warm) == (20, 0)


def test_limits_hold_for_the_worst_case_and_over_interruptions(setting: Setting) -> None:
    limits = Limits(lm_calls=12)
    first = setting.run(limits=limits, ceiling=CEILING)
    assert first.stopped == "lm_calls"
    assert 12 - CEILING.lm_calls < first.spend.lm_calls <= 12
    again = setting.run(limits=limits, ceiling=CEILING)
    assert (again.resumed, again.spend, again.left) == (
        first.built,
        first.spend,
        first.left,
    )
    more = setting.run(limits=Limits(usd=0.2), ceiling=CEILING)
    assert more.stopped == "usd"
    assert 0.16 < more.spend.usd <= 0.2
    assert more.spend.lm_calls > first.spend.lm_calls


def test_time_is_a_limit_for_each_run(setting: Setting) -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            self.now += 1.0
            return self.now

    result = setting.run(limits=Limits(seconds=6.0), clock=Clock())
    assert result.stopped == "seconds"
    assert 0 < result.built < 10
    assert setting.run(limits=Limits(seconds=6.0), clock=Clock()).built > result.built


def test_a_limit_under_the_cost_of_one_question_is_refused(setting: Setting) -> None:
    with pytest.raises(LimitError, match="--lm-calls"):
        setting.job(limits=Limits(lm_calls=3), ceiling=CEILING)
    with pytest.raises(LimitError, match="--usd"):
        setting.job(limits=Limits(usd=0.03), ceiling=CEILING)


def test_a_question_begun_and_never_ended_counts_as_spent(setting: Setting) -> None:
    with pytest.raises(Stopped):
        setting.run(ceiling=CEILING, progress=stop_after(2))
    spent = 0 + 1
    path = setting.folder / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    result = setting.run(limits=Limits(lm_calls=1000), ceiling=CEILING)
    later = sum(n % 4 for n in range(2, 20))
    assert result.spend.lm_calls == spent - 1 + CEILING.lm_calls + later


def test_failures_in_a_row_stop_a_warm_up(tmp_path: Path) -> None:
    setting = Setting(tmp_path, "\n".join(f"boom {n}" for n in range(FAILURES_IN_A_ROW + 20)))
    result = setting.run()
    assert (result.stopped, result.left) == ("failures", 20)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_checkpoint_is_read_up_to_the_tear(setting: Setting, cut: int) -> None:
    with pytest.raises(Stopped):
        setting.run(progress=stop_after(10))
    path = setting.folder / JOURNAL
    path.write_bytes(path.read_bytes()[:-cut])
    result = setting.run()
    assert len(setting.shop.stored()) == 21
    assert result.chosen == 23
    assert len(setting.shop.built) == 23


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\0" * 500, b"nonsense\n", b'{"schema":9}\n'])
def test_a_checkpoint_that_is_none_is_no_hindrance(setting: Setting, content: bytes) -> None:
    (setting.folder / JOURNAL).write_bytes(content)
    assert setting.run().built == 20


def test_no_wording_is_written_beside_the_answers(setting: Setting) -> None:
    setting.run(ceiling=CEILING)
    written = b"".join(path.read_bytes() for path in setting.folder.iterdir())
    assert b"thing" not in written
    assert b"story" not in written
    assert key("short story").encode() in written


def test_one_at_a_time(tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "w"),
        pytest.raises(WarmupBusyError, match="Another warm-up is running"),
        only_one(tmp_path / "w"),
    ):
        pass
    with only_one(tmp_path / "w"):
        assert (tmp_path / "w").stat().st_mode & 0o077 == 0


def test_the_lock_is_freed_by_death(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with only_one(tmp_path / "w"):
            os._exit(1)
    os.waitpid(child, 0)
    with only_one(tmp_path / "w"):
        pass


@given(st.lists(st.integers(1, 30), max_size=6))
@settings(max_examples=25)
def test_however_often_it_is_stopped_the_store_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, stops: list[int]
) -> None:
    whole = Setting(tmp_path_factory.mktemp("whole"))
    expected = whole.run(ceiling=CEILING)
    torn = Setting(tmp_path_factory.mktemp("torn"))
    for stop in stops:
        try:
            torn.run(ceiling=CEILING, progress=stop_after(stop))
        except Stopped:
            continue
    result = torn.run(ceiling=CEILING)
    assert torn.shop.stored() == whole.shop.stored()
    if sum(stops) < 23:
        assert result.spend == expected.spend
        assert (result.built, result.failed) == (expected.built, expected.failed)
        assert sorted(torn.shop.built) == sorted(whole.shop.built)
