"""The retriever works where LlamaIndex expects one."""

from __future__ import annotations

import asyncio

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError

QUESTION = "accessories for Canon EOS R10"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_gives_nodes_with_scores(reader: Engine) -> None:
    from llama_index.core.schema import MetadataMode

    from goeswith.engine.integrations.llamaindex import GoeswithRetriever

    retriever = GoeswithRetriever(engine=reader, k=3)
    found = retriever.retrieve(QUESTION)
    assert len(found) == 3
    assert all(0.0 <= (item.score or 0.0) <= 1.0 for item in found)
    first = found[0].node
    assert first.metadata["why"] in first.get_content(MetadataMode.LLM)
    assert first.metadata["sku"] not in first.get_content(MetadataMode.LLM)
    assert [item.node.node_id for item in asyncio.run(retriever.aretrieve(QUESTION))] == [
        item.node.node_id for item in found
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_question_that_cannot_be_read_is_told(reader: Engine) -> None:
    from goeswith.engine.integrations.llamaindex import GoeswithRetriever

    with pytest.raises(QuestionError):
        GoeswithRetriever(engine=reader).retrieve("")
