"""The versions of the planners. They are part of every answer's key, and read without opening one.

Whoever lets a planner, or how products are found and chosen for its needs, answer otherwise raises
one: else old answers are served until they expire.
"""

KNOWLEDGE = "knowledge-17"

LM = "lm-3"
"""Stands before the knowledge planner's: that one decides where the model does not."""
