"""Answering a request: the generation it keeps, the tiers that know the answer, or a build."""
