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

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:  # noqa: ARG002
        """Return why the reason given is empty. An edge without a sentence needs none."""
        if not proposal.reason:
            return None
        if self._pack.is_generic(proposal.reason):
            return Objection("generic_reason", "the reason would fit any product")
        if self._asked and frozenset(terms(proposal.reason)) <= self._asked:
            return Objection("copied_question", "the reason only repeats the question")
        return None
