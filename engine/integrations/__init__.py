"""Retrievers for frameworks that ask for documents: LangChain and LlamaIndex, an extra each."""
