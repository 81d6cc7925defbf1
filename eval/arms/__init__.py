"""The arms by name. To add one, write a class with `answer` and name it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from goeswith.eval.arms.behaviour import BehaviourArm
from goeswith.eval.arms.engine import EngineArm
from goeswith.eval.arms.floor import PopularArm, RandomArm
from goeswith.eval.arms.retrieval import RetrievalArm
from goeswith.eval.errors import EvalUsageError
from goeswith.eval.model import Arm
from goeswith.eval.stand import Stand

__all__ = ["ARMS", "chosen"]

ARMS: Mapping[str, Callable[[Stand], Arm]] = {
    "engine": EngineArm,
    "behaviour": BehaviourArm,
    "retrieval": RetrievalArm,
    "popular": PopularArm,
    "random": RandomArm,
}


def chosen(names: Sequence[str]) -> dict[str, Callable[[Stand], Arm]]:
    """Return the named arms, all when none is named.

    Raises:
        EvalUsageError: there is no such arm.
    """
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        raise EvalUsageError(
            f"There is no arm {', '.join(unknown)}. The arms are: {', '.join(ARMS)}."
        )
    return {name: ARMS[name] for name in (dict.fromkeys(names) or ARMS)}
