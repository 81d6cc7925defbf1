"""The offline cache: bytes kept safely under keys and dropped by tags.

Knows nothing of HTTP, LMs, retrieval or catalogs.
"""

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.edges import EdgeStore, StoredEdge
from goeswith.cache.envelope import Flag
from goeswith.cache.errors import CacheError
from goeswith.cache.flight import Flights
from goeswith.cache.invalidate import invalidate
from goeswith.cache.keys import answer_key
from goeswith.cache.lifetimes import Lifetimes
from goeswith.cache.memory import Lru, MemoryStore
from goeswith.cache.results import Hit, Outcome, Token
from goeswith.cache.store import Store

__all__ = [
    "AnswerCache",
    "CacheError",
    "DiskStore",
    "EdgeStore",
    "Flag",
    "Flights",
    "Hit",
    "Lifetimes",
    "Lru",
    "MemoryStore",
    "Outcome",
    "Store",
    "StoredEdge",
    "Token",
    "answer_key",
    "invalidate",
]
