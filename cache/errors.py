"""Every error the cache room raises.

CacheError                  anything this room raises on purpose; has a message that says what to do
├── ValueRefusedError       a key or value that a store never takes (wrong type, too large)
└── StoreError              a store cannot do what it was asked; reads elsewhere go on
    ├── StoreFullError      no room left on the disk, in the quota or in the shared server
    ├── StoreReadOnlyError  the store was opened, or is, read-only
    ├── StoreBusyError      another process kept the write lock for too long
    ├── StoreDownError      the shared server cannot be reached, or its client is not installed
    └── StoreClosedError    the store was closed
"""

from __future__ import annotations


class CacheError(Exception):
    """Base of every error of the cache room. `str(error)` is a sentence for a person."""


class ValueRefusedError(CacheError):
    """A key or value that a store never takes."""


class StoreError(CacheError):
    """A store cannot do what it was asked."""


class StoreFullError(StoreError):
    """There is no room left to write."""


class StoreReadOnlyError(StoreError):
    """The store can be read but not written."""


class StoreBusyError(StoreError):
    """Another process kept the write lock for too long."""


class StoreDownError(StoreError):
    """The shared server cannot be reached."""


class StoreClosedError(StoreError):
    """The store was closed."""
