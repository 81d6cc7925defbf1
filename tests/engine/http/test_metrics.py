"""What is told to Prometheus: one sum over all workers, breakers, and the day's spending."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from goeswith.engine.lm.spending import Ledger
from goeswith.prompts import Cost
from tests.engine.http.conftest import wait_for

ASKED = "goeswith_requests_total"
HIT = "what goes with a Nikon Z6 II"


def scrape(served: Any) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every sample by name and label values, over a connection of its own."""
    text = httpx.get(f"{served.url}/metrics", timeout=60).text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def children(served: Any) -> list[int]:
    told = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(served.process.pid)], capture_output=True, check=True
    )
    return [int(number) for number in told.stdout.split()]


def test_a_scrape_is_the_sum_over_workers(start: Any, home: Path) -> None:
    served = start(home, "--workers", "2")
    for _ in range(60):
        # A connection each, so that both workers get some.
        assert httpx.get(f"{served.url}/v1/ask", params={"question": HIT}).status_code == 200
    asked = (ASKED, ("/v1/ask", "200"))
    # Two workers answer scrapes in turn; each must know of both.
    wait_for(lambda: [scrape(served).get(asked) for _ in range(8)] == [60.0] * 8)
    seen = scrape(served)
    assert seen["goeswith_workers", ()] == 2
    assert seen["goeswith_ready", ()] == 2
    told = [v for (name, _), v in seen.items() if name == "goeswith_answer_seconds_count"]
    assert sum(told) == 60

    os.kill(children(served)[0], signal.SIGKILL)
    httpx.get(f"{served.url}/v1/ask", params={"question": HIT})
    wait_for(lambda: [scrape(served).get(asked) for _ in range(8)] == [61.0] * 8)


def test_a_breaker_that_opened_is_told(start: Any, home: Path) -> None:
    served = start(
        home,
        GOESWITH_LM__MODEL="openai/nobody",
        GOESWITH_LM__API_BASE="http://127.0.0.1:1/v1",
        GOESWITH_BUDGET__DEADLINE_MS="4000",
    )
    state = "goeswith_lm_breaker"
    assert scrape(served)[state, ("openai/nobody", "closed")] == 1
    for number in range(5):
        question = f"what do I need for a trip to mountain {number}"
        httpx.get(f"{served.url}/v1/ask", params={"question": question}, timeout=60)
    seen = scrape(served)
    assert seen[state, ("openai/nobody", "closed")] == 0
    opened = seen[state, ("openai/nobody", "open")] + seen[state, ("openai/nobody", "half_open")]
    assert opened == 1
    assert seen["goeswith_lm_day_calls", ()] >= 5


def test_what_models_cost_today_is_told(start: Any, home: Path) -> None:
    ledger = Ledger(home / "cache" / "spending.db")
    for stage, cost in (("plan", Cost(2, 500, 0.25)), ("relate", Cost(1, 70, 0.5))):
        ledger.reserve(stage, cost)
    served = start(home, GOESWITH_LM__USD_PER_DAY="3")
    seen = scrape(served)
    assert seen["goeswith_lm_day_calls", ()] == 3
    assert seen["goeswith_lm_day_tokens", ()] == 570
    assert seen["goeswith_lm_day_usd", ()] == 0.75
    assert seen["goeswith_lm_day_usd_cap", ()] == 3


def test_a_count_that_cannot_be_read_is_nothing_spent(start: Any, home: Path) -> None:
    served = start(home)
    (home / "cache" / "spending.db").write_bytes(b"no database" * 1000)
    assert scrape(served)["goeswith_lm_day_calls", ()] == 0
