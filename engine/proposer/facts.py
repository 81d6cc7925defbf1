"""What proposers read of a shop."""

from __future__ import annotations

from typing import Protocol

from goeswith.engine.catalog import Snapshot
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.pack import Pack
from goeswith.engine.proposer.behaviour import BehaviourProposer


class Facts(Protocol):
    """The part of an open generation that proposers need; a `Shop` has it."""

    @property
    def catalog(self) -> Snapshot:
        """The products."""
        ...

    @property
    def kinds(self) -> Kinds:
        """What job a type does."""
        ...

    @property
    def compatibility(self) -> Compatibility:
        """What fits what."""
        ...

    @property
    def pack(self) -> Pack:
        """Curated knowledge."""
        ...

    @property
    def behaviour_proposer(self) -> BehaviourProposer:
        """What baskets say."""
        ...
