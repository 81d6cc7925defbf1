"""Knowledge made ahead of questions: walks the product types, asks, checks, keeps (LLM-PKG).

The command is `goeswith distil`. Request time needs none of this: it finds the edges in the edge
store, and a static graph of them can be exported and served on its own.
"""
