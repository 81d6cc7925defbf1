"""What goes with X, in any shop whose baskets carry times.

The first weeks are there to learn from; what is significantly bought together later is the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.engine.model import TypePath, type_name
from goeswith.engine.settings import Settings
from goeswith.eval.anchors import HEAD, TAIL, AnchorRules, Anchors, draw, phrase_of
from goeswith.eval.answers import Diversity, Unsupported
from goeswith.eval.copurchase import grades_of, own_items
from goeswith.eval.errors import EvalError
from goeswith.eval.model import Asked, Grades, Prepared, Question
from goeswith.eval.shophome import Source, SplitShop, split_shop
from goeswith.eval.suites.newcomers import ColdRules, newcomers

if TYPE_CHECKING:
    from goeswith.engine.behaviour import Behaviour
    from goeswith.engine.catalog import Snapshot


class SplitRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`learn_share`: share of the weeks to learn from."""

    learn_share: float


class TruthRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`limits`: least lower limit of the corrected lift for each grade, rising.

    Without `own_shelf`, types of the anchor's category and types of the same name neither count nor
    harm: much of what is bought with a type is another flavour of it, which is no complement.
    """

    limits: tuple[float, ...]
    own_shelf: bool = True


class GoesWithSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suite as declared in TOML. `text` holds "{phrase}", the anchor's own name.

    `needs` is how many needs an answer may have; the settings' number when None. Items of the
    anchor's own shelf count for no arm where the truth leaves them out, and an answer must be long
    enough for ten others.
    """

    about: str
    text: str
    measures: tuple[str, ...]
    questions: int
    split: SplitRules
    truth: TruthRules
    anchors: AnchorRules
    cold: ColdRules | None = None
    needs: int | None = None


def load_spec(file: str) -> GoesWithSpec:
    """Read a suite's declaration that is shipped beside this module."""
    raw = resources.files("goeswith.eval.suites").joinpath(file).read_bytes()
    return msgspec.toml.decode(raw, type=GoesWithSpec)


def prepare(
    source: Source,
    spec: GoesWithSpec,
    work: Path,
    settings: Settings,
    *,
    questions: int | None,
    seed: int,
    progress: Progress,
) -> Prepared:
    """Make a co-purchase suite ready over any shop whose baskets carry times.

    Raises:
        EvalError: the baskets cannot be split, or no type can be asked about.
    """
    from goeswith.engine.behaviour import Behaviour
    from goeswith.engine.catalog import Snapshot
    from goeswith.engine.index.home import Home

    shop = split_shop(source, spec.split.learn_share, work, settings, progress)
    current = Home(shop.home).current().folder
    snapshot = Snapshot.open(current / "catalog")
    learnt, later = Behaviour.open(current / "behaviour"), Behaviour.open(shop.later_behaviour)
    enough = (later.type_popularity >= spec.anchors.least_baskets).nonzero()[0].tolist()
    own = {t: own_items(snapshot.types, t, shelf=not spec.truth.own_shelf) for t in enough}
    truth = _truth(later, own, snapshot, spec)
    count = spec.questions if questions is None else questions
    drawn = draw(
        snapshot.types,
        learnt=learnt.type_popularity,
        later=later.type_popularity,
        truth=truth,
        rules=spec.anchors,
        count=count,
        seed=seed,
    )
    asked = [
        _question(snapshot.types[type_id], type_id, stratum, own[type_id], spec.text)
        for stratum, part in ((HEAD, drawn.head), (TAIL, drawn.tail))
        for type_id in part
    ]
    if not asked:
        raise EvalError("No product type has enough later baskets to be asked about.")
    ids = [*drawn.head, *drawn.tail]
    if spec.cold is not None:
        able = {t for t, grades in truth.items() if len(grades) >= spec.anchors.least_truth}
        for question, type_id in newcomers(
            snapshot, learnt, later, able, spec.cold, count=count, seed=seed
        ):
            asked.append(msgspec.structs.replace(question, own=own[type_id]))
            ids.append(type_id)
    return Prepared(
        home=shop.home,
        settings=_settings(settings, shop.home, spec.needs),
        questions=tuple(asked),
        truth={question.asked.id: truth[t] for question, t in zip(asked, ids, strict=True)},
        measures=spec.measures,
        facts=_facts(shop, snapshot, drawn, [truth[t] for t in ids]),
        extra=(
            Diversity(),
            Unsupported(
                later,
                {type_name(path): number for number, path in enumerate(snapshot.types)},
                {question.asked.id: t for question, t in zip(asked, ids, strict=True)},
            ),
        ),
        log=_log(snapshot.types, learnt.type_popularity.tolist(), spec.text),
    )


def _settings(settings: Settings, home: Path, needs: int | None) -> Settings:
    """Return the settings with another home, and with room for so many needs and their edges."""
    own = msgspec.structs.replace(settings, home=home)
    if needs is None:
        return own
    budget = own.budget
    edges = max(budget.edges, budget.edges * needs // budget.needs)
    budget = msgspec.structs.replace(budget, needs=needs, edges=edges)
    return msgspec.structs.replace(own, budget=budget)


def _log(
    types: Sequence[TypePath], bought: Sequence[int], text: str
) -> tuple[tuple[str, int], ...]:
    """Return what shoppers would have asked in the learning weeks: each type as it was bought."""
    counts: Counter[str] = Counter()
    for path, baskets in zip(types, bought, strict=True):
        if phrase_of(path) and baskets:
            counts[text.format(phrase=phrase_of(path))] += baskets
    return tuple(counts.most_common())


def _truth(
    later: Behaviour, own: Mapping[int, frozenset[str]], snapshot: Snapshot, spec: GoesWithSpec
) -> dict[int, dict[str, int]]:
    return {
        type_id: {
            item: grade
            for item, grade in grades_of(later, snapshot.types, type_id, spec.truth.limits).items()
            if item not in items
        }
        for type_id, items in own.items()
    }


def _question(
    path: TypePath, type_id: int, stratum: str, own: frozenset[str], text: str
) -> Question:
    phrase = phrase_of(path)
    asked = Asked(f"q{type_id}", text.format(phrase=phrase), phrase)
    return Question(asked, stratum, own)


def _facts(
    shop: SplitShop, snapshot: Snapshot, drawn: Anchors, truth: list[Grades]
) -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {
        "cut": f"{shop.cut:%Y-%m-%d}",
        "learning baskets": shop.learn,
        "later baskets": shop.later,
        "products": len(snapshot),
        "product types": len(snapshot.types),
        "types that can be asked about": drawn.able,
        "relevant types a question": round(sum(map(len, truth)) / len(truth), 1),
    }
    return facts | {
        f"types left out, {why}": count for why, count in sorted(drawn.left_out.items())
    }
