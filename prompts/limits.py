"""What keeps a model call inside its bounds: purse, breaker, waits between tries."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from goeswith.prompts.errors import BudgetSpentError


class Cost(msgspec.Struct, frozen=True):
    """What calls use. `tokens` counts prompt and reply; `usd` is 0.0 where the price is unknown."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd)


class Purse(Protocol):
    """Who pays. Called from another thread than the asker's, so it must be thread-safe.

    Each `reserve` that returns is followed by exactly one `settle` with the same `reserved`.
    """

    def reserve(self, stage: str, cost: Cost) -> None:
        """Set aside the most a call can cost, before it is made.

        Raises:
            BudgetSpentError: the call must not be made.
        """

    def settle(self, stage: str, reserved: Cost, actual: Cost) -> None:
        """Replace what was set aside by what the call did cost."""


class Tally:
    """A purse that counts by stage and refuses what goes over its bounds. None is no bound."""

    def __init__(
        self, calls: int | None = None, tokens: int | None = None, usd: float | None = None
    ) -> None:
        self._bounds = (calls, tokens, usd)
        self._held = Cost()
        self._spent: dict[str, Cost] = {}
        self._lock = threading.Lock()

    def reserve(self, stage: str, cost: Cost) -> None:
        """Set a cost aside, or raise BudgetSpentError."""
        with self._lock:
            after = self._total() + self._held + cost
            for word, bound, value in zip(
                ("calls", "tokens", "usd"),
                self._bounds,
                (after.calls, after.tokens, after.usd),
                strict=True,
            ):
                if bound is not None and value > bound:
                    raise BudgetSpentError(f"The budget of {bound} LM {word} is spent ({stage}).")
            self._held += cost

    def settle(self, stage: str, reserved: Cost, actual: Cost) -> None:
        """Replace a reserved cost by the actual one."""
        with self._lock:
            self._held -= reserved
            self._spent[stage] = self._spent.get(stage, Cost()) + actual

    @property
    def spent(self) -> Cost:
        """What all stages did cost."""
        with self._lock:
            return self._total()

    @property
    def stages(self) -> dict[str, Cost]:
        """What each stage did cost."""
        with self._lock:
            return dict(self._spent)

    def _total(self) -> Cost:
        return sum(self._spent.values(), Cost())


class Both:
    """Two purses that pay for the same call."""

    def __init__(self, first: Purse, second: Purse) -> None:
        self._first = first
        self._second = second

    def reserve(self, stage: str, cost: Cost) -> None:
        """Set a cost aside in both, or in none and raise BudgetSpentError."""
        self._first.reserve(stage, cost)
        try:
            self._second.reserve(stage, cost)
        except BudgetSpentError:
            self._first.settle(stage, cost, Cost())
            raise

    def settle(self, stage: str, reserved: Cost, actual: Cost) -> None:
        """Replace a reserved cost by the actual one in both."""
        self._first.settle(stage, reserved, actual)
        self._second.settle(stage, reserved, actual)


class Breaker:
    """Stops calls to a model that keeps failing.

    After `threshold` failures in a row it is open for `cooldown` seconds, doubled up to
    `cooldown_max` each time the probe fails. Then one probe is let through, and only one.
    Not thread-safe: it lives on the LM's own event loop.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        threshold: int = 5,
        cooldown: float = 10.0,
        cooldown_max: float = 120.0,
    ) -> None:
        self._clock = clock
        self._threshold = threshold
        self._first = cooldown
        self._cooldown = cooldown
        self._max = cooldown_max
        self._failures = 0
        self._until = 0.0
        self._held_until = 0.0
        self._probing = False

    @property
    def state(self) -> Literal["closed", "open", "half_open"]:
        """The state now."""
        if self._failures < self._threshold:
            return "closed"
        return "open" if self._clock() < self._until else "half_open"

    def wait(self) -> float:
        """Return the seconds until a call may be let through, 0.0 when it may now.

        While a probe is under way this is infinite for everyone else.
        """
        now = self._clock()
        held = max(0.0, self._held_until - now)
        if self._failures < self._threshold:
            return held
        if self._probing:
            return float("inf")
        return max(held, self._until - now, 0.0)

    def enter(self) -> bool:
        """Ask to make a call. If it may be made, `succeed` or `fail` may follow, `leave` must."""
        if self.wait() > 0:
            return False
        if self._failures >= self._threshold:
            self._probing = True
        return True

    def succeed(self) -> None:
        """The call was answered."""
        self._failures = 0
        self._cooldown = self._first
        self._probing = False

    def fail(self) -> None:
        """The call failed through the model's or the network's fault."""
        self._failures += 1
        if self._probing:
            self._cooldown = min(self._cooldown * 2, self._max)
        if self._failures >= self._threshold:
            self._until = self._clock() + self._cooldown
        self._probing = False

    def leave(self) -> None:
        """The call is over. One that neither succeeded nor failed says nothing of the model."""
        self._probing = False

    def hold(self, seconds: float) -> None:
        """Let nothing through for some seconds, as the server asked."""
        self._held_until = max(self._held_until, self._clock() + seconds)


def pause(attempt: int, rng: random.Random, base: float = 0.25, most: float = 8.0) -> float:
    """Return the seconds to wait after failed attempt 0, 1, 2, ...

    Exponential back-off with full jitter (AWS Architecture Blog, 2015), never under base / 2.
    """
    span = min(most, base * 2.0 ** min(attempt, 16))
    return max(base / 2, rng.random() * span)
