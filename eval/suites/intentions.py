"""What an LM's reasons are worth: the gate's confidence against reasons that people scored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.engine.index.indexing import Progress
from goeswith.engine.model import Relation
from goeswith.engine.settings import Settings
from goeswith.eval.assertionscores import LEAST, Head, features_of
from goeswith.eval.calibration import (
    calibration_error,
    measure,
    reliability,
    threshold_for,
)
from goeswith.eval.data import data_folder
from goeswith.eval.findings import Curve, Findings, Row, Table
from goeswith.eval.loaders.intentions import FILE, ORIGIN, Assertion, load_assertions

DATA = "intentionqa"
ALL = "all"
NOTE = (
    "True: the assertion that people scored for the pair. False: assertions that were made for "
    "other pairs, of which a few happen to hold here too, so precision is measured too low rather "
    "than too high. Pairs, not rows, are split: one part fits the head, one sets the threshold so "
    "that the lower 95% limit of precision reaches the target, and the last is only measured."
)


class IntentionSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declaration in intentions.toml; see there for the meaning of each field."""

    target_precision: float
    fit_share: float
    set_share: float
    edges: tuple[float, ...]
    relations: dict[Relation, tuple[str, ...]]


Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]


class Part(msgspec.Struct, frozen=True):
    """Assertions of some pairs: their relation, label, and score by each way of scoring."""

    relations: tuple[str, ...]
    labels: Labels
    scores: dict[str, Scores]

    def of(self, relation: str, way: str) -> tuple[Scores, Labels]:
        """Return scores and labels of a relation, or of all."""
        own = np.array([relation in (ALL, known) for known in self.relations])
        return self.scores[way][own], self.labels[own]


def load_intention_spec() -> IntentionSpec:
    """Read the declaration that is shipped beside this module."""
    raw = resources.files("goeswith.eval.suites").joinpath("intentions.toml").read_bytes()
    return msgspec.toml.decode(raw, type=IntentionSpec)


class IntentionStudy:
    """Calibration: reliability of each score, and thresholds for a target precision."""

    name = "intentions"
    about = "calibration of the gate on LM-distilled reasons that people scored"
    takes: ClassVar[tuple[str, ...]] = ()

    def run(
        self,
        work: Path,
        settings: Settings,
        *,
        arms: Sequence[str],
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Findings:
        """Measure. See `Study.run`."""
        spec = load_intention_spec()
        assertions = load_assertions(data_folder(DATA, (FILE,), ORIGIN))
        assertions = some_pairs(assertions, questions, seed)
        progress("score the reasons", 0, len(assertions))
        setting, held = scored(assertions, settings.retrieval.embedder, spec)
        progress("score the reasons", len(assertions), len(assertions))
        return Findings(
            tables=(
                _thresholds(setting, held, spec),
                _as_it_is(held),
                _bins(held, spec),
            ),
            curves=(_reliability(held, spec),),
            facts={
                "questions": len(assertions),
                "pairs": len({a.pair for a in assertions}),
                "target precision": spec.target_precision,
            },
        )


def scored(
    assertions: Sequence[Assertion], embedder: str, spec: IntentionSpec
) -> tuple[Part, Part]:
    """Return the part that sets thresholds and the part that is only measured.

    Raises:
        EvalError: the embedder cannot be opened.
    """
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    pack = load_pack()
    features = features_of(assertions, load_embedder(embedder))
    labels = np.array([a.true for a in assertions])
    place = np.array([_place(a.pair) for a in assertions])
    fits = place < spec.fit_share
    sets = ~fits & (place < spec.fit_share + spec.set_share)
    head = Head(features[fits], labels[fits])
    ways = {
        "gate's filter of empty reasons": np.array(
            [0.0 if pack.is_generic(a.reason) else 1.0 for a in assertions]
        ),
        "least cosine with a title": np.clip(features[:, LEAST], 0.0, 1.0),
        "head": head.scores(features),
    }
    relations = [relation_of(a.reason, spec.relations) for a in assertions]

    def part(inside: Labels) -> Part:
        return Part(
            tuple(relations[n] for n in np.flatnonzero(inside).tolist()),
            labels[inside],
            {way: values[inside] for way, values in ways.items()},
        )

    return part(sets), part(~fits & ~sets)


def relation_of(reason: str, relations: Mapping[Relation, Sequence[str]]) -> str:
    """Return the relation whose words a reason has, the first that fits; "" when none does."""
    return next(
        (
            relation.value
            for relation, phrases in relations.items()
            if any(phrase in reason for phrase in phrases)
        ),
        "",
    )


def some_pairs(
    assertions: Sequence[Assertion], questions: int | None, seed: int
) -> list[Assertion]:
    """Return the assertions of pairs drawn until there are `questions` of them; all when None."""
    if questions is None:
        return list(assertions)
    pairs = sorted({a.pair for a in assertions})
    kept: set[str] = set()
    size: dict[str, int] = {}
    for a in assertions:
        size[a.pair] = size.get(a.pair, 0) + 1
    count = 0
    for number in np.random.default_rng(seed).permutation(len(pairs)).tolist():
        if count >= questions:
            break
        kept.add(pairs[number])
        count += size[pairs[number]]
    return [a for a in assertions if a.pair in kept]


def _place(pair: str) -> float:
    digest = hashlib.blake2b(pair.encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def _thresholds(setting: Part, held: Part, spec: IntentionSpec) -> Table:
    rows = []
    for way in ("least cosine with a title", "head"):
        for relation in (ALL, *(relation.value for relation in spec.relations)):
            threshold = threshold_for(*setting.of(relation, way), spec.target_precision)
            scores, labels = held.of(relation, way)
            if not len(scores):
                continue
            found = measure(scores, labels, threshold)
            if threshold is None:
                rows.append(Row((way, relation, "none"), ("nothing accepted", found.recall)))
            else:
                rows.append(
                    Row((way, relation, f"{threshold:.3f}"), (found.precision, found.recall))
                )
    return Table(
        title=f"thresholds for a precision of {spec.target_precision:.0%}, measured on other pairs",
        heads=("score", "relation", "threshold"),
        measures=("precision", "recall"),
        rows=tuple(rows),
        note=NOTE,
    )


def _as_it_is(held: Part) -> Table:
    rows = []
    for way, threshold in (("everything", -1.0), ("gate's filter of empty reasons", 0.5)):
        scores, labels = held.of(ALL, "gate's filter of empty reasons")
        found = measure(scores, labels, threshold)
        rows.append(Row((way,), (found.precision, found.recall)))
    return Table(
        title="what is accepted without a threshold",
        heads=("accepted",),
        measures=("precision", "recall"),
        rows=tuple(rows),
    )


def _bins(held: Part, spec: IntentionSpec) -> Table:
    return Table(
        title="reliability: of the reasons with such a score, how many are true",
        heads=("score", "from", "to", "mean"),
        measures=("share true",),
        rows=tuple(
            Row((way, f"{b.low:.1f}", f"{b.high:.1f}", f"{b.mean:.3f}"), (b.true,))
            for way in ("least cosine with a title", "head")
            for b in reliability(*held.of(ALL, way), spec.edges)
        ),
    )


def _reliability(held: Part, spec: IntentionSpec) -> Curve:
    lines = {}
    errors = []
    for way in ("least cosine with a title", "head"):
        bins = reliability(*held.of(ALL, way), spec.edges)
        lines[way] = tuple((b.mean, b.true) for b in bins)
        errors.append(f"{way} {calibration_error(bins):.3f}")
    return Curve(
        title="reliability",
        x="mean score",
        y="share that is true",
        lines=lines,
        note=f"Expected calibration error: {'; '.join(errors)}.",
    )
