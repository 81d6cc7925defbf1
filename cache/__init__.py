"""The offline cache: bytes kept safely under keys and dropped by tags.

Knows nothing of HTTP, LMs, retrieval or catalogs.
"""

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.edges import EdgeStore, StoredEdge
from goeswith.cache.envelope import Flag
from goeswith.cache.errors import CacheError
from goeswith.cache.flight import Flights
from goeswith.cache.invalidate import Invalidated, invalidate
from goeswith.cache.keys import answer_key
from goeswith.cache.lifetimes import Lifetimes
from goeswith.cache.memory import Lru, MemoryStore
from goeswith.cache.results import Dropped, Hit, Outcome, Token
from goeswith.cache.shared import SharedStore
from goeswith.cache.store import Store
from goeswith.cache.usage import Popular, Usage

__all__ = [
    "AnswerCache",
    "CacheError",
    "DiskStore",
    "Dropped",
    "EdgeStore",
    "Flag",
    "Flights",
    "Hit",
    "Invalidated",
    "Lifetimes",
    "Lru",
    "MemoryStore",
    "Outcome",
    "Popular",
    "SharedStore",
    "Store",
    "StoredEdge",
    "Token",
    "Usage",
    "answer_key",
    "invalidate",
]
