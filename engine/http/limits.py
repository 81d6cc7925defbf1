"""How often an API key may ask."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from goeswith.engine.http.errors import rate_limited

SHARE = 200
"""A key takes this part of its minute from the limiter at once and spends it without asking."""


class Limits:
    """The rate limits of this process."""

    def __init__(self, a_minute: int) -> None:
        """Allow each key so many requests a minute; 0 sets no limit."""
        self._lease = max(1, a_minute // SHARE)
        self._item = RateLimitItemPerMinute(max(1, a_minute)) if a_minute else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._left: dict[str, int] = {}

    def spend(self, name: str) -> None:
        """Count a request of a key.

        Raises:
            HttpError: the key has used up its minute.
        """
        if self._item is None:
            return
        left = self._left.get(name, 0)
        if left == 0:
            if not self._limiter.hit(self._item, name, cost=self._lease):
                stats = self._limiter.get_window_stats(self._item, name)
                raise rate_limited(max(1, math.ceil(stats.reset_time - time.time())))
            left = self._lease
        self._left[name] = left - 1
