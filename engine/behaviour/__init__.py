"""Baskets and sessions in, pair evidence between SKUs and between product types out.

Knows nothing of catalogs: it is given SKUs in row order and the type id of each row.
"""

from goeswith.engine.behaviour.events import Events, read_events
from goeswith.engine.behaviour.mining import BehaviourReport, mine, mine_rows
from goeswith.engine.behaviour.pairs import PairCounts, Pairs
from goeswith.engine.behaviour.rules import Rules, Window
from goeswith.engine.behaviour.store import Behaviour

__all__ = [
    "Behaviour",
    "BehaviourReport",
    "Events",
    "PairCounts",
    "Pairs",
    "Rules",
    "Window",
    "mine",
    "mine_rows",
    "read_events",
]
