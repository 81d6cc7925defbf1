"""The retriever passes LangChain's standard tests for retrievers."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests.retrievers import RetrieversIntegrationTests

from goeswith.engine.engine import Engine
from goeswith.engine.integrations.langchain import GoeswithRetriever


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _opened(self, reader: Engine) -> None:
        self.engine = reader

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return GoeswithRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"engine": self.engine}

    @property
    def retriever_query_example(self) -> str:
        return "accessories for Canon EOS R10"


def test_a_document_says_what_it_is_and_why(reader: Engine) -> None:
    (document,) = GoeswithRetriever(engine=reader, k=1).invoke("accessories for Canon EOS R10")
    assert document.page_content.startswith(document.metadata["title"])
    assert document.metadata["why"] in document.page_content
    assert reader.shop.catalog.row(document.metadata["sku"]) is not None


def test_a_key_is_not_shown() -> None:
    retriever = GoeswithRetriever(base_url="http://127.0.0.1:1", api_key="very-secret")  # type: ignore[arg-type]
    assert "very-secret" not in repr(retriever)
