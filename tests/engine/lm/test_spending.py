"""What LM calls cost a day is counted across processes and never goes over its caps."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from goeswith.engine.lm.spending import Ledger, Today
from goeswith.prompts import BudgetSpentError, Cost

MOST = Cost(calls=1, tokens=100, usd=0.01)
ACTUAL = Cost(calls=1, tokens=40, usd=0.004)


def test_a_call_counts_at_its_most_until_it_is_settled(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "lm" / "spending.db")
    ledger.reserve("plan", MOST)
    assert ledger.spent() == {"plan": MOST}
    ledger.settle("plan", MOST, ACTUAL)
    [(stage, spent)] = ledger.spent().items()
    assert (stage, spent.calls, spent.tokens) == ("plan", 1, 40)
    assert spent.usd == pytest.approx(0.004)


@pytest.mark.parametrize(("calls", "usd"), [(3, 0.0), (0, 0.035)])
def test_a_cap_is_kept_over_all_stages_and_openings(tmp_path: Path, calls: int, usd: float) -> None:
    for stage in ("plan", "relate", "judge"):
        Ledger(tmp_path / "spending.db", calls=calls, usd=usd).reserve(stage, MOST)
    with pytest.raises(BudgetSpentError, match="of this day is spent"):
        Ledger(tmp_path / "spending.db", calls=calls, usd=usd).reserve("plan", MOST)
    assert sum(cost.calls for cost in Ledger(tmp_path / "spending.db").spent().values()) == 3


def test_a_new_day_begins_at_nothing(tmp_path: Path) -> None:
    day = "2026-11-25"
    ledger = Ledger(tmp_path / "spending.db", calls=1, today=lambda: day)
    ledger.reserve("plan", MOST)
    day = "2026-11-26"
    ledger.reserve("plan", MOST)
    assert ledger.spent("2026-11-25") == ledger.spent() == {"plan": MOST}


def test_threads_together_do_not_pass_a_cap(tmp_path: Path) -> None:
    made: list[bool] = []

    def work() -> None:
        ledger = Ledger(tmp_path / "spending.db", calls=20)
        for _ in range(10):
            try:
                ledger.reserve("plan", MOST)
                made.append(True)
            except BudgetSpentError:
                made.append(False)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), sum(made)) == (40, 20)


def test_a_count_that_cannot_be_written_refuses_where_there_is_a_cap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spending.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(BudgetSpentError, match="cannot be counted"):
        Ledger(path, usd=1.0).reserve("plan", MOST)
    Ledger(path).reserve("plan", MOST)
    assert "are not counted" in caplog.text


def test_nothing_spent_is_nothing(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "spending.db").spent() == {}


def test_today_is_told_with_its_caps(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "spending.db", calls=9, usd=0.5, today=lambda: "2026-11-26")
    assert ledger.today() == Today("2026-11-26", 0, 0, 0.0, 9, 0.5, {})
    assert not (tmp_path / "spending.db").exists(), "looking writes nothing"
    for stage in ("plan", "relate", "relate"):
        ledger.reserve(stage, MOST)
        ledger.settle(stage, MOST, ACTUAL)
    told = ledger.today()
    assert (told.calls, told.tokens, told.usd) == (3, 120, 0.012)
    assert told.stages["relate"].calls == 2
    assert told.stages["plan"].tokens == 40


def test_a_count_that_cannot_be_read_stops_no_look_at_the_home(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spending.db").write_bytes(b"this is no database" * 100)
    assert Ledger(tmp_path / "spending.db").today().calls == 0
    assert "cannot be read" in caplog.text


def test_a_refusal_leaves_the_count_open_for_others(tmp_path: Path) -> None:
    capped = Ledger(tmp_path / "spending.db", calls=1)
    capped.reserve("plan", MOST)
    with pytest.raises(BudgetSpentError):
        capped.reserve("plan", MOST)
    other = Ledger(tmp_path / "spending.db", calls=2)
    other.reserve("plan", MOST)
    other.settle("plan", MOST, ACTUAL)
    assert capped.spent()["plan"].calls == 2


def test_a_closed_count_opens_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "spending.db")
    for _ in range(2):
        ledger.reserve("plan", MOST)
        ledger.close()
    assert [path.name for path in tmp_path.iterdir()] == ["spending.db"]
    assert ledger.spent()["plan"].calls == 2


def test_what_was_set_aside_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "spending.db"
    code = (
        "import os, sys, signal; from pathlib import Path;"
        "from goeswith.engine.lm.spending import Ledger; from goeswith.prompts import Cost;"
        "Ledger(Path(sys.argv[1])).reserve('plan', Cost(1, 100, 0.01));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert Ledger(path).spent() == {"plan": MOST}
