"""The gate's demands as data: one row a relation, read from policy.toml."""

from __future__ import annotations

import hashlib
import math
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from goeswith.engine.model import EvidenceKind, Relation


class Demand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate demands of one relation; see policy.toml for the meaning of each field."""

    ends: frozenset[str]
    evidence: frozenset[EvidenceKind]
    function: Literal["different", "same", "any"]
    rule: bool
    min_confidence: float
    min_lift: float
    same_lift: float = math.inf
    min_share: float = math.inf
    min_baskets: int = 1
    overrules: frozenset[EvidenceKind] = frozenset({"curated", "lm"})


class Policy(msgspec.Struct, frozen=True):
    """All demands, and a version that changes with any of them."""

    version: str
    relation: dict[Relation, Demand]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    relation: dict[Relation, Demand]


@cache
def load_policy() -> Policy:
    """Read the policy that ships with the package."""
    raw = resources.files(__package__).joinpath("policy.toml").read_bytes()
    file = msgspec.convert(tomllib.loads(raw.decode()), _File)
    digest = hashlib.blake2b(raw, digest_size=4).hexdigest()
    return Policy(f"{file.version}-{digest}", file.relation)
