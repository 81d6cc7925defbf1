"""What a question says, as types. Knows nothing of text, catalogs or retrieval."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from goeswith.engine.model import Constraints


class Intent(StrEnum):
    """What kind of answer the shopper asks for."""

    COMPLEMENT = "complement"
    ACCESSORY = "accessory"
    SUBSTITUTE = "substitute"
    COMPATIBLE = "compatible"
    ACTIVITY = "activity"
    FIND = "find"


class Question(msgspec.Struct, frozen=True):
    """A question that was read.

    Everything but `text` follows from canonical form and constraints, so that two questions with
    the same key also build the same answer.

    Attributes:
        text: The question as typed, without control characters, for showing only.
        canonical: Key material, see `goeswith.engine.question.canonical`.
        intent: What is asked.
        phrase: What to look up first: the thing sought (FIND; COMPATIBLE when it is named), the
            activity (ACTIVITY), else the anchor.
        anchor: The thing the shopper has or names ("canon eos r10"), or "".
        wanted: What is asked for, when named ("lens"), or "".
        activity: What the shopper wants to do ("photograph birds"), or "".
        constraints: Bounds and exclusions. Attribute words also stay in the phrases.
        audience: For whom ("toddler", "men"), or "".
        people: For how many people; 0 when not said.
        locale: Lower-case language tag ("en", "en-us").
        basket: SKUs that the shopper has, sorted, each once. With a basket and no phrase, the
            question is what goes with the basket.
    """

    text: str
    canonical: str
    intent: Intent
    phrase: str
    anchor: str = ""
    wanted: str = ""
    activity: str = ""
    constraints: Constraints = Constraints()
    audience: str = ""
    people: int = 0
    locale: str = "en"
    basket: tuple[str, ...] = ()
