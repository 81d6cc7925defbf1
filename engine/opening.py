"""Puts together what a build needs: the open shop, the planner, and the versions they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goeswith.engine.answer import SCHEMA
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.home import Generation, reading
from goeswith.engine.model import Versions
from goeswith.engine.pack import Pack
from goeswith.engine.settings import Settings

if TYPE_CHECKING:
    from goeswith.engine.builder.build import Builder

PLANNER_VERSION = "knowledge-1"
PROMPTS_VERSION = "none"
LM_VERSION = "none"


def versions_of(generation: Generation, settings: Settings) -> Versions:  # noqa: ARG001
    """Return what an answer built here depends on besides the question. Opens nothing."""
    return Versions(
        catalog=generation.version,
        planner=PLANNER_VERSION,
        prompts=PROMPTS_VERSION,
        gate=load_policy().version,
        lm=LM_VERSION,
        schema=SCHEMA,
    )


def open_builder(generation: Generation, pack: Pack, settings: Settings) -> Builder:
    """Open the indexes of a generation and return what builds over them.

    Raises:
        HomeDamagedError: a file of the index does not hold what was written.
    """
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.planner.knowledge import KnowledgePlanner
    from goeswith.engine.retrieval import load_embedder
    from goeswith.engine.shop import Shop

    embedder = load_embedder(settings.retrieval.embedder)
    with reading(generation.folder):
        shop = Shop.open(generation.folder, pack, embedder)
    return Builder(shop, KnowledgePlanner(shop))
