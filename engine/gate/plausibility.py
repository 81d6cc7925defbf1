"""Stage 5: the edge says something, and its ends have to do with each other."""

from __future__ import annotations

from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.pack import Pack
from goeswith.engine.retrieval.text import terms


class PlausibilityCheck:
    """Refuses statements that say nothing: generic ones, and copies of the question.

    Args:
        pack: holds the table of generic statements.
        question: the shopper's words.
    """

    name = "plausibility"

    def __init__(self, pack: Pack, question: str) -> None:
        self._pack = pack
        self._asked = frozenset(terms(question))
        self._judged: dict[str, Objection | None] = {"": None}

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:  # noqa: ARG002
        """Return why the reason given is empty. An edge without a sentence needs none."""
        # One reason stands for every product of a need, so it is judged once.
        reason = proposal.reason
        if reason not in self._judged:
            self._judged[reason] = self._empty(reason)
        return self._judged[reason]

    def _empty(self, reason: str) -> Objection | None:
        if self._pack.is_generic(reason):
            return Objection("generic_reason", "the reason would fit any product")
        if self._asked and frozenset(terms(reason)) <= self._asked:
            return Objection("copied_question", "the reason only repeats the question")
        return None
