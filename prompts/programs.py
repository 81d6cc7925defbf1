"""All programs together, and the version of the room."""

from __future__ import annotations

import hashlib

import msgspec

from goeswith.prompts.extend import EXTEND
from goeswith.prompts.judge import JUDGE
from goeswith.prompts.name_why import NAME_WHY
from goeswith.prompts.phrase import PHRASE
from goeswith.prompts.plan import PLAN
from goeswith.prompts.relate import RELATE

PROGRAMS = (PLAN, EXTEND, RELATE, JUDGE, NAME_WHY, PHRASE)
"""Every program, in the order a build uses them."""


def versions() -> dict[str, str]:
    """Return each program's version by name."""
    return {program.name: program.version for program in PROGRAMS}


def version() -> str:
    """Return one digest over all programs' versions: the "prompts" of a cache key."""
    return hashlib.sha256(msgspec.json.encode(versions(), order="sorted")).hexdigest()[:16]
