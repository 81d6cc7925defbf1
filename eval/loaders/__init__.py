"""Readers of public data sets: files in, plain values out. They know nothing of arms or scores."""

__all__: list[str] = []
