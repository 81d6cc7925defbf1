"""A `dspy.LM` of the user's own as the way to a model (LiteLLM's providers, a custom engine)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goeswith.prompts.lm import LM
from goeswith.prompts.settings import LMSettings
from goeswith.prompts.transport import Sent, Wire

if TYPE_CHECKING:
    from goeswith.prompts._dspy import Untyped


def from_dspy(dspy_lm: Untyped, **settings: Any) -> LM:  # noqa: ANN401
    """Return an LM that asks through a `dspy.LM`, within our limits.

    Its cache and its retries are turned off: there is one retry loop, ours. `settings` are the
    other fields of LMSettings.
    """
    return LM(LMSettings(model=dspy_lm.model, **settings), transports=(DspyTransport(dspy_lm),))


class DspyTransport:
    """One try through a `dspy.LM`."""

    def __init__(self, dspy_lm: Untyped) -> None:
        self._lm = dspy_lm.copy(cache=False, num_retries=0)

    def body(self, wire: Wire) -> dict[str, object]:
        """Return what would be sent, as an OpenAI chat completion's body."""
        return {"model": self._lm.model, "messages": wire.messages, "max_tokens": wire.cap}

    async def send(self, wire: Wire) -> Sent:
        """Make one call and read its reply."""
        from goeswith.prompts import _dspy

        return Sent(*await _dspy.complete(self._lm, wire.messages, wire.cap))

    async def close(self) -> None:
        """Leave the user's LM as it is."""
