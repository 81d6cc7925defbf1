"""Complete a partial real PC build: several needs, and parts that must fit each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.model import type_name
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.pcbuild import (
    FILES,
    ORIGIN,
    PARTS,
    Build,
    Part,
    load_builds,
    load_parts,
    unfit,
)
from goeswith.eval.model import (
    Asked,
    Given,
    Grades,
    ItemKind,
    Prepared,
    Question,
    Truth,
)
from goeswith.eval.shelf import Shelf, indexed, write_baskets
from goeswith.eval.stand import Stand
from goeswith.eval.suites.judged import settings_at

DATA = "pcbuild"
DEPTH = 10
"""Items of a list that are judged for fit."""

_HERE = Path(__file__)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one suite of the data asks for."""

    wants: ItemKind
    about: str
    measures: tuple[str, ...]


class BuildSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declaration in pcbuild.toml; see there for the meaning of each field."""

    questions: int
    learn_share: float
    least_parts: int
    given_share: float
    subjects: tuple[str, ...]
    texts: dict[str, str]
    suites: dict[str, Wanted]


class Partial(msgspec.Struct, frozen=True):
    """A build of which some parts are given and the others are hidden."""

    id: str
    subject: str
    given: tuple[str, ...]
    hidden: tuple[str, ...]


def load_build_spec() -> BuildSpec:
    """Read the declaration that is shipped beside this module."""
    raw = resources.files("goeswith.eval.suites").joinpath("pcbuild.toml").read_bytes()
    return msgspec.toml.decode(raw, type=BuildSpec)


class PcBuildSuite:
    """One of the suites that pcbuild.toml declares."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._spec = load_build_spec()
        self._wanted = self._spec.suites[name]
        self.about = self._wanted.about

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        """Make the suite ready. See `Suite.prepare`."""
        from goeswith.engine.catalog import Snapshot
        from goeswith.engine.index.home import Home

        spec = self._spec
        folder = data_folder(DATA, FILES, ORIGIN)
        parts = load_parts(folder)
        learn, later = parted(load_builds(folder, parts), spec)
        home = _home(folder, learn, work, settings, progress)
        count = spec.questions if questions is None else questions
        partial = hide(later, parts, spec, count, seed)
        if not partial:
            raise EvalError("No later build has enough known parts to be asked about.")
        catalog = Snapshot.open(Home(home).current().folder / "catalog")
        rows = {sku: row for row, sku in enumerate(catalog.skus())}
        title = {p.subject: catalog.title(rows[p.subject]) for p in partial}
        kinds = {
            sku: type_name(catalog.types[catalog.type_of[rows[sku]]])
            for p in partial
            for sku in (*p.given, *p.hidden)
        }
        wants = self._wanted.wants
        texts = list(spec.texts.items())
        asked = [
            _question(p, title[p.subject], kinds, wants, *texts[number % len(texts)])
            for number, p in enumerate(partial)
        ]
        return Prepared(
            home=home,
            settings=settings_at(settings, home),
            questions=tuple(asked),
            truth=_truth(partial, kinds, wants),
            measures=self._wanted.measures,
            extra=(Unfit(parts), KindsFound(parts)) if wants == "sku" else (),
            facts={
                "parts": len(rows),
                "builds to learn from": len(learn),
                "later builds": len(later),
                "hidden parts a build": round(
                    sum(len(p.hidden) for p in partial) / len(partial), 1
                ),
            },
        )


def parted(builds: Sequence[Build], spec: BuildSpec) -> tuple[list[Build], list[Build]]:
    """Return builds to learn from and later ones. Builds of one day are on one side."""
    cut = builds[int(len(builds) * spec.learn_share)].day
    learn = [build for build in builds if build.day < cut]
    later = [build for build in builds if build.day >= cut]
    if not learn:
        raise EvalError("The builds cannot be split by day: all were shown on one day.")
    return learn, later


def hide(
    builds: Sequence[Build], parts: Mapping[str, Part], spec: BuildSpec, count: int, seed: int
) -> list[Partial]:
    """Draw up to `count` builds, and of each the parts that are given.

    A kind of part is given or hidden as a whole: whoever is given one of four fans is told that
    fans are wanted.
    """
    pick = np.random.default_rng(seed)
    found = []
    for build in builds:
        kinds: dict[str, list[str]] = {}
        for sku in build.parts:
            kinds.setdefault(parts[sku].kind, []).append(sku)
        named = [kind for kind in spec.subjects if kind in kinds]
        if len(build.parts) < spec.least_parts or len(kinds) < 3 or not named:
            continue
        size = max(2, math.floor(len(kinds) * spec.given_share))
        order = [named[0], *pick.permutation(sorted(set(kinds) - {named[0]})).tolist()]
        given = tuple(sku for kind in order[:size] for sku in kinds[kind])
        hidden = tuple(sku for kind in order[size:] for sku in kinds[kind])
        if hidden:
            found.append(Partial(build.id, given[0], given, hidden))
    chosen = pick.permutation(len(found))[:count].tolist()
    return [found[place] for place in sorted(chosen)]


class Unfit:
    """Share of the first ten products offered that cannot join the given parts.

    Products about which no rule can decide are left out; NaN where none is left.
    """

    name = f"incompatible@{DEPTH}"
    more = False

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        """Return the share."""
        had = [self._parts[sku] for sku in question.asked.basket]
        verdicts = [unfit(self._parts[sku], had) for sku in given.items[:DEPTH]]
        known = [verdict for verdict in verdicts if verdict is not None]
        return sum(known) / len(known) if known else math.nan


class KindsFound:
    """Share of the hidden kinds of parts that the first ten products cover."""

    name = f"kinds found@{DEPTH}"
    more = True

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        """Return the share."""
        hidden = {self._parts[sku].kind for sku, grade in grades.items() if grade}
        shown = {self._parts[sku].kind for sku in given.items[:DEPTH]}
        return len(hidden & shown) / len(hidden) if hidden else math.nan


def _mean_hidden(partial: Sequence[Partial]) -> float:
    return sum(len(p.hidden) for p in partial) / len(partial)


def _question(
    partial: Partial,
    title: str,
    kinds: Mapping[str, str],
    wants: ItemKind,
    name: str,
    text: str,
) -> Question:
    asked = Asked(partial.id, text.format(phrase=title), title, partial.given, wants)
    own = {kinds[sku] for sku in partial.given} if wants == "type" else set(partial.given)
    return Question(asked, name, frozenset(own))


def _truth(partial: Sequence[Partial], kinds: Mapping[str, str], wants: ItemKind) -> Truth:
    return {
        p.id: {(kinds[sku] if wants == "type" else sku): 1 for sku in p.hidden} for p in partial
    }


def _home(
    folder: Path, learn: Sequence[Build], work: Path, settings: Settings, progress: Progress
) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work) as scratch:
        baskets = Path(scratch, "builds.csv")
        write_baskets({build.id: build.parts for build in learn}, baskets)
        files = tuple(folder / f"{name}.csv.gz" for name in PARTS)
        feed = _HERE.with_name("pcbuild.feed.toml")
        shelf = Shelf(DATA, files, (baskets,), feed, "plain")
        return indexed(shelf, work, settings, progress)
