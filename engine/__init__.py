"""The query-time path: ask a question, get a small graph of products with every edge checked.

from goeswith.engine import Engine

with Engine.open(".goeswith") as engine:
    answer = engine.ask("what goes with pancake mix")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goeswith.engine.answer import Answer, Explanation
    from goeswith.engine.budget import Budget
    from goeswith.engine.engine import Engine
    from goeswith.engine.errors import GoeswithError
    from goeswith.engine.profile import Profile
    from goeswith.engine.request import Request

__all__ = ["Answer", "Budget", "Engine", "Explanation", "GoeswithError", "Profile", "Request"]

_HOMES = {
    "Answer": "answer",
    "Budget": "budget",
    "Engine": "engine",
    "Explanation": "answer",
    "GoeswithError": "errors",
    "Profile": "profile",
    "Request": "request",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
