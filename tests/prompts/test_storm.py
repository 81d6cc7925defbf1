"""Many askings at once against a server that misbehaves a third of the time."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from goeswith.prompts import LM, PLAN, Failed, PlanAsk, Tally
from goeswith.prompts.plan import Planned

pytestmark = pytest.mark.alone

ASKINGS = int(os.environ.get("GOESWITH_STORM", "240"))
FAULTS = ("500", "429", "drop", "hang", "truncated", "prose", "garbage", "other language", "302")
DEADLINE = 0.8
CALLS = 3


def test_every_asking_ends_typed_in_time_and_within_its_purse(
    make_lm: Callable[..., LM], server: Any
) -> None:
    rng = random.Random(7)
    server.script = [rng.choice(FAULTS) if rng.random() < 0.3 else "ok" for _ in range(4 * ASKINGS)]
    server.retry_after = "0.02"
    lm = make_lm(timeout=0.3, breaker_threshold=10**6, concurrency=16)
    purses = [Tally(calls=CALLS) for _ in range(ASKINGS)]
    took: list[float] = []
    results: list[Planned | Failed] = []

    def ask(mine: list[Tally]) -> None:
        for purse in mine:
            start = time.monotonic()
            asking = PlanAsk("kit for photographing birds")
            result = PLAN.ask(lm, asking, lm.within(DEADLINE, purse=purse))
            took.append(time.monotonic() - start)
            results.append(result)

    threads = [threading.Thread(target=ask, args=(purses[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    good = [r for r in results if isinstance(r, Planned)]
    assert len(results) == ASKINGS
    assert all(len(r.needs) == 4 for r in good)
    assert len(good) > 0.6 * ASKINGS
    assert max(purse.spent.calls for purse in purses) <= CALLS
    assert sum(purse.spent.calls for purse in purses) >= len(server.bodies), "none unpaid"
    assert max(took) < DEADLINE * 1.05 + 0.1, "the grace is for a busy machine"
    reasons = Counter(r.reason for r in results if isinstance(r, Failed))
    print(f"{len(good)}/{ASKINGS} good, longest {max(took):.3f} s, failed: {dict(reasons)}")
