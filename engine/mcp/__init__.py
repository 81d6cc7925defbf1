"""Tools for language models, over the Model Context Protocol: ask, explain_path, product_relations.

Needs the extra `mcp`. The tools hold no logic; what a model reads is the answer, cut to what it can
use, and the whole subgraph with its evidence when it asks for that.
"""
