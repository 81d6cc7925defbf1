"""The gate: every edge passes here before anyone sees it, and it fails closed.

Checks run in order of cost. The first one that objects decides. A check that cannot run is an
objection, never a pass.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from goeswith.engine.explain import edge_why
from goeswith.engine.gate.confidence import confidence
from goeswith.engine.gate.policy import Demand, Policy, load_policy
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.model import Edge, Relation, Verdict

log = logging.getLogger(__name__)


class Objection(msgspec.Struct, frozen=True):
    """Why an edge is refused: a short reason for counting, and a sentence for a person."""

    reason: str
    detail: str


class Check(Protocol):
    """One stage of the gate."""

    @property
    def name(self) -> str:
        """The stage's name in a verdict."""

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return why the proposal must be refused, or None."""


class Gate:
    """Judges proposals by a fixed row of checks.

    Args:
        checks: the stages in order of cost.
        policy: the demands on each relation.
    """

    def __init__(self, checks: Sequence[Check], policy: Policy | None = None) -> None:
        self._checks = tuple(checks)
        self._policy = policy or load_policy()
        self._names = tuple(check.name for check in self._checks)
        self._passed = Verdict(True, self._names)

    @property
    def version(self) -> str:
        """Changes whenever the gate might judge differently."""
        return self._policy.version

    def demand(self, relation: Relation) -> Demand | None:
        """Return what is demanded of a relation, None where it is never accepted."""
        return self._policy.relation.get(relation)

    def judge(self, proposals: Iterable[Proposal]) -> tuple[list[Edge], list[Edge]]:
        """Return accepted and refused edges, each in the order of the proposals."""
        accepted: list[Edge] = []
        refused: list[Edge] = []
        for proposal in proposals:
            edge = self._edge(proposal)
            (accepted if edge.verdict.accepted else refused).append(edge)
        return accepted, refused

    def _edge(self, proposal: Proposal) -> Edge:
        believed = confidence(proposal.evidence)
        verdict = self._verdict(proposal, believed)
        return Edge(
            id=edge_id(proposal),
            source=proposal.source.id,
            target=proposal.target.id,
            relation=proposal.relation,
            confidence=believed,
            why=edge_why(proposal),
            evidence=proposal.evidence,
            verdict=verdict,
        )

    def _verdict(self, proposal: Proposal, believed: float) -> Verdict:
        demand = self._policy.relation.get(proposal.relation)
        if demand is None:
            return Verdict(False, (), "unknown_relation", f"no policy for {proposal.relation}")
        for number, check in enumerate(self._checks, start=1):
            try:
                objection = check.object_to(proposal, demand)
            except Exception as error:  # noqa: BLE001 - the gate fails closed whatever a check raises
                log.warning("gate check %s could not run: %s", check.name, type(error).__name__)
                detail = f"the check {check.name} could not run"
                return Verdict(False, self._names[:number], "check_failed", detail)
            if objection is not None:
                checks = self._names[:number]
                return Verdict(False, checks, objection.reason, objection.detail)
        if believed < demand.min_confidence:
            detail = f"confidence {believed:.2f} is below {demand.min_confidence:.2f}"
            return Verdict(False, self._names, "low_confidence", detail)
        return self._passed


def edge_id(proposal: Proposal) -> str:
    """Return a stable id made of the ends and the relation."""
    text = f"{proposal.source.id}\x1f{proposal.relation}\x1f{proposal.target.id}"
    return "e" + hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
