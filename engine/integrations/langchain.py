"""A retriever for LangChain. Needs the extra `langchain`.

from goeswith.engine.integrations.langchain import GoeswithRetriever

retriever = GoeswithRetriever(base_url="http://127.0.0.1:8080", k=6)
retriever.invoke("what goes with charcoal")
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, SecretStr

from goeswith.engine.integrations.products import find


class GoeswithRetriever(BaseRetriever):
    """Gives the products of an answer as documents, the best of each need first."""

    engine: Any = Field(default=None, exclude=True)
    """An open `goeswith.engine.Engine`, to answer in this process."""
    base_url: str = ""
    """The address of a service, to ask over HTTP instead."""
    api_key: SecretStr = SecretStr("")
    k: int = Field(default=10, ge=1)
    """Products to give."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
        k: int | None = None,
    ) -> list[Document]:
        found = find(
            query,
            self.k if k is None else k,
            engine=self.engine,
            base_url=self.base_url,
            api_key=self.api_key.get_secret_value(),
        )
        return [
            Document(id=str(item.metadata["sku"]), page_content=item.text, metadata=item.metadata)
            for item in found
        ]
