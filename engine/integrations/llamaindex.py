"""A retriever for LlamaIndex. Needs the extra `llamaindex`.

from goeswith.engine.integrations.llamaindex import GoeswithRetriever

retriever = GoeswithRetriever(base_url="http://127.0.0.1:8080", k=6)
retriever.retrieve("what goes with charcoal")
"""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from goeswith.engine.engine import Engine
from goeswith.engine.integrations.products import find


class GoeswithRetriever(BaseRetriever):
    """Gives the products of an answer as nodes with scores, the best of each need first."""

    def __init__(
        self, *, engine: Engine | None = None, base_url: str = "", api_key: str = "", k: int = 10
    ) -> None:
        """Ask an open engine in this process, or a service at an address; give `k` products."""
        super().__init__()
        self._engine = engine
        self._base_url = base_url
        self._api_key = api_key
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = find(
            query_bundle.query_str,
            self._k,
            engine=self._engine,
            base_url=self._base_url,
            api_key=self._api_key,
        )
        return [
            NodeWithScore(
                node=TextNode(
                    id_=str(item.metadata["sku"]),
                    text=item.text,
                    metadata=item.metadata,
                    # The text says what a model needs; a node would repeat its metadata before it.
                    excluded_llm_metadata_keys=list(item.metadata),
                    excluded_embed_metadata_keys=list(item.metadata),
                ),
                score=item.score,
            )
            for item in found
        ]
