"""A graph of the whole catalog, made beforehand: every type walked through proposers and gate.

It is what a prebuilt product graph can be without an LM: curated and behaviour knowledge, checked
by the same gate as the engine's. Only accepted edges between product types are kept, strongest
first.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.eval.errors import EvalError
from goeswith.eval.sources import digest_of_sources
from goeswith.eval.stand import Stand

if TYPE_CHECKING:
    from goeswith.engine.index.shop import Shop

FOLDER = "static"


class Link(msgspec.Struct, frozen=True, array_like=True):
    """An edge from a type to another: where it leads, how strong it is, what and why."""

    target: int
    strength: float
    relation: str
    why: str


class Distilled(msgspec.Struct, frozen=True):
    """Links by type id, strongest first; how long it took to make them, in seconds."""

    links: dict[int, tuple[Link, ...]]
    seconds: float

    @property
    def edges(self) -> int:
        """How many edges the graph has."""
        return sum(map(len, self.links.values()))


def distilled(stand: Stand, progress: Progress | None = None) -> Distilled:
    """Return the graph of the stand's catalog, from its folder for work when it was made before.

    Raises:
        EvalError: the folder cannot be written.
    """
    if stand.work is None:
        return distil(stand.shop, progress)
    version = digest_of_sources("engine", "eval/distilled.py")[:16]
    file = stand.work / FOLDER / f"{stand.version}-{version}.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Distilled)
    except FileNotFoundError:
        made = distil(stand.shop, progress)
        _keep(file, made)
        return made


def distil(shop: Shop, progress: Progress | None = None) -> Distilled:
    """Walk all types of a shop."""
    from goeswith.engine.model import COMPLEMENTS
    from goeswith.engine.planner.clusters import strength
    from goeswith.engine.planner.complements import Complements
    from goeswith.engine.proposer.known import nothing_known

    began = time.perf_counter()
    types = shop.catalog.types
    complements = Complements(shop, nothing_known(types))
    gate = shop.gate("")
    links: dict[int, tuple[Link, ...]] = {}
    for type_id, path in enumerate(types):
        if path:
            accepted, _ = complements.edges((type_id,), COMPLEMENTS, gate)
            found = [
                Link(shop.kinds.type_id(e.target), round(strength(e), 4), e.relation.value, e.why)
                for e in accepted
            ]
            if found:
                found.sort(key=lambda link: (-link.strength, link.target))
                links[type_id] = tuple(found)
        if progress is not None:
            progress("static graph", type_id + 1, len(types))
    return Distilled(links, round(time.perf_counter() - began, 3))


def _keep(file: Path, made: Distilled) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(made))
        fresh.replace(file)
    except OSError as error:
        raise EvalError(
            f"{file} cannot be written: {error.strerror or error}. Give another --work."
        ) from error
