"""How long an entry lives, as data.

Time is the wall clock, because entries outlive processes. When it is set back, an entry made more
than `skew_s` in the future is not served, so nothing becomes immortal: an entry lives at most its
lifetime plus `skew_s` of clock time. When it is set forward, entries are expired early and come
back if the clock does.
"""

from __future__ import annotations

import msgspec

from goeswith.cache.envelope import COMPLETE, Flag, Meta
from goeswith.cache.keys import key_number


class Lifetimes(msgspec.Struct, frozen=True):
    """Seconds. After `fresh_s` an entry is stale: served for `stale_s` while somebody refreshes.

    It is kept for `error_s` in all after it went stale, to be served when a refresh fails.
    Negative and partial entries live shorter and are never served stale.
    `jitter` is the greatest part of `fresh_s` that is cut off, by a number made from the key, so
    that entries stored together do not expire together.
    """

    fresh_s: float = 86_400.0
    stale_s: float = 3_600.0
    error_s: float = 7 * 86_400.0
    negative_s: float = 60.0
    partial_s: float = 600.0
    jitter: float = 0.1
    skew_s: float = 300.0

    def meta(self, key: str, now: float, flags: Flag = COMPLETE) -> Meta:
        """Return the times of an entry made `now` (Unix seconds)."""
        lives = self.fresh_s
        if flags & Flag.NEGATIVE:
            lives = self.negative_s
        elif flags & Flag.PARTIAL:
            lives = self.partial_s
        fresh = now + lives * (1.0 - self.jitter * _fraction(key))
        if flags:
            return Meta(now, fresh, fresh, fresh, flags)
        return Meta(now, fresh, fresh + self.stale_s, fresh + max(self.stale_s, self.error_s))


def _fraction(key: str) -> float:
    """Return a number in [0, 1] made from the key."""
    return key_number(key) / 2**64
