"""The starter pack: curated shopping knowledge in a shop-neutral vocabulary."""

from __future__ import annotations

from goeswith.engine.pack.load import load_pack
from goeswith.engine.pack.pack import Pack
from goeswith.engine.pack.rules import Finding, apply_rule
from goeswith.engine.pack.schema import Accepts, Activity, Adapter, PackNeed, PackRelation, Rule

__all__ = [
    "Accepts",
    "Activity",
    "Adapter",
    "Finding",
    "Pack",
    "PackNeed",
    "PackRelation",
    "Rule",
    "apply_rule",
    "load_pack",
]
