"""The arms by name. To add one, write a class that extends `Arm` and name it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from goeswith.eval.arms.behaviour import BehaviourArm
from goeswith.eval.arms.floor import PopularArm, RandomArm
from goeswith.eval.arms.logicrag import LogicRagArm
from goeswith.eval.arms.product import HybridArm, QueryTimeArm
from goeswith.eval.arms.retrieval import RetrievalArm
from goeswith.eval.arms.static import StaticArm
from goeswith.eval.asking import Maker
from goeswith.eval.errors import EvalUsageError

__all__ = ["ARMS", "chosen"]

ARMS: Mapping[str, Maker] = {
    "hybrid": HybridArm,
    "query-time": QueryTimeArm,
    "static": StaticArm,
    "logicrag": LogicRagArm,
    "behaviour": BehaviourArm,
    "retrieval": RetrievalArm,
    "popular": PopularArm,
    "random": RandomArm,
}

_ALSO = {"engine": "query-time"}
"""Names that arms had before."""


def chosen(names: Sequence[str]) -> dict[str, Maker]:
    """Return the named arms, all when none is named.

    Raises:
        EvalUsageError: there is no such arm.
    """
    meant = [_ALSO.get(name, name) for name in names]
    unknown = [name for name in meant if name not in ARMS]
    if unknown:
        raise EvalUsageError(
            f"There is no arm {', '.join(unknown)}. The arms are: {', '.join(ARMS)}."
        )
    return {name: ARMS[name] for name in (dict.fromkeys(meant) or ARMS)}
