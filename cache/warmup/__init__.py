"""The warm-up job: builds what a query log asks for before anybody asks again.

Knows nothing of HTTP, LMs, retrieval or catalogs: it is given a reader of questions, a way to look
in the store, and a way to build.
"""

from goeswith.cache.warmup.counting import Meaning, Tally, Unread, tally
from goeswith.cache.warmup.errors import WarmupError
from goeswith.cache.warmup.forecast import Estimate, estimate
from goeswith.cache.warmup.job import Job, Result
from goeswith.cache.warmup.lock import only_one
from goeswith.cache.warmup.plan import Choice
from goeswith.cache.warmup.work import Built, Limits, Outcome, Spec, Spend

__all__ = [
    "Built",
    "Choice",
    "Estimate",
    "Job",
    "Limits",
    "Meaning",
    "Outcome",
    "Result",
    "Spec",
    "Spend",
    "Tally",
    "Unread",
    "WarmupError",
    "estimate",
    "only_one",
    "tally",
]
