"""The paraphrase tier: finds a stored question that means the same, and proves it.

Knows nothing of text readers, embedders or answers: it is given vectors and records, and gives
keys.
"""

from goeswith.cache.paraphrase.guard import Kind, Verdict, compare
from goeswith.cache.paraphrase.record import Asked
from goeswith.cache.paraphrase.tier import Candidate, ParaphraseStats, ParaphraseTier, Policy

__all__ = [
    "Asked",
    "Candidate",
    "Kind",
    "ParaphraseStats",
    "ParaphraseTier",
    "Policy",
    "Verdict",
    "compare",
]
