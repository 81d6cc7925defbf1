"""A query log through the whole product: what a warm-up is worth, and what is left to build."""
