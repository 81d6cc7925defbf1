"""A catalog that changes step by step: what becomes wrong, and what it costs to be right again."""
