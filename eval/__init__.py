"""The evaluation harness: the same questions to several arms, measured honestly."""

__all__: list[str] = []
