"""The catalog room: files of products in, an immutable snapshot out.

Knows nothing of behaviour, retrieval, questions, caches or LMs.
"""

from goeswith.engine.catalog.diff import CatalogDiff, diff
from goeswith.engine.catalog.feed import feeds
from goeswith.engine.catalog.ingest import read_catalog
from goeswith.engine.catalog.report import CatalogReport
from goeswith.engine.catalog.snapshot import Snapshot

__all__ = ["CatalogDiff", "CatalogReport", "Snapshot", "diff", "feeds", "read_catalog"]
