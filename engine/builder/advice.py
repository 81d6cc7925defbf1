"""Who may change a plan while it is worked through. Without a language model: nobody."""

from __future__ import annotations

from goeswith.engine.builder.draft import Draft
from goeswith.engine.graph.outline import Outline


class Advice:
    """Leaves every plan as it is."""

    def planned(self, outline: Outline) -> Outline:
        """Return a better plan than the knowledge planner's, or that one."""
        return outline

    def before(self, rank: int, outline: Outline, draft: Draft) -> Outline:  # noqa: ARG002
        """Return the plan with what is known for a rank, before it is worked through.

        Called once more after the last rank. New needs may only come in ranks not begun yet.
        """
        return outline

    def finished(self) -> list[str]:
        """Keep what was learned. Return why the answer is degraded, as far as it is for that."""
        return []
