"""Retrieval: products and product types for a phrase. Knows nothing of relations."""

from goeswith.engine.retrieval.build import build_retrieval
from goeswith.engine.retrieval.corpus import Corpus, MemoryCorpus
from goeswith.engine.retrieval.embed import Embedder, load_embedder
from goeswith.engine.retrieval.hits import AnchorHits, Hits, RetrievalReport, TypeHits
from goeswith.engine.retrieval.retriever import Retriever

__all__ = [
    "AnchorHits",
    "Corpus",
    "Embedder",
    "Hits",
    "MemoryCorpus",
    "RetrievalReport",
    "Retriever",
    "TypeHits",
    "build_retrieval",
    "load_embedder",
]
