"""Errors of the warm-up, under the tree of the cache room.

CacheError
└── WarmupError               the warm-up cannot run; its message says what to do
    ├── LogError              the query log cannot be used
    ├── WarmupBusyError       another warm-up holds the lock
    ├── LimitError            a limit is smaller than what one question may spend
    └── ExecutorError         workers cannot be started: a package is missing, or they die
"""

from __future__ import annotations

from goeswith.cache.errors import CacheError


class WarmupError(CacheError):
    """The warm-up cannot run."""


class LogError(WarmupError):
    """The query log cannot be used."""


class WarmupBusyError(WarmupError):
    """Another warm-up holds the lock."""


class LimitError(WarmupError):
    """A limit is smaller than what one question may spend."""


class ExecutorError(WarmupError):
    """Workers cannot be started."""
