"""The suites by name. To add one, write a class with `prepare` or with `run` and name it here.

`prepare` makes a `Suite`: questions, lists and truth, which the harness asks and judges.
`run` makes a `Study`, which measures by itself and returns tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from goeswith.eval.drift.study import DriftStudy
from goeswith.eval.errors import EvalUsageError
from goeswith.eval.model import Study, Suite
from goeswith.eval.replay.study import ReplayStudy
from goeswith.eval.suites.bundles import BundleSuite
from goeswith.eval.suites.compat import CompatStudy
from goeswith.eval.suites.electronics import ElectronicsSuite
from goeswith.eval.suites.fits import FitStudy
from goeswith.eval.suites.giftware import GiftwareSuite
from goeswith.eval.suites.grocery import GrocerySuite
from goeswith.eval.suites.intentions import IntentionStudy
from goeswith.eval.suites.multihop import MultihopStudy
from goeswith.eval.suites.paraphrase import ParaphraseStudy
from goeswith.eval.suites.pcbuild import PcBuildSuite
from goeswith.eval.suites.public import ESCI, WANDS
from goeswith.eval.suites.seasons import SeasonStudy
from goeswith.eval.suites.symbols import SymbolStudy

__all__ = ["SUITES", "suite_of"]

_ALL: tuple[Suite | Study, ...] = (
    GrocerySuite("grocery"),
    GrocerySuite("grocery-other-shelf"),
    PcBuildSuite("pcbuild"),
    PcBuildSuite("pcbuild-parts"),
    BundleSuite("food"),
    BundleSuite("clothing"),
    ElectronicsSuite(),
    GiftwareSuite(),
    SeasonStudy(),
    CompatStudy(),
    FitStudy(),
    IntentionStudy(),
    MultihopStudy(),
    ParaphraseStudy(),
    ReplayStudy(),
    DriftStudy(),
    SymbolStudy(),
    ESCI,
    WANDS,
)

SUITES: Mapping[str, Suite | Study] = {suite.name: suite for suite in _ALL}


def suite_of(name: str) -> Suite | Study:
    """Return a suite.

    Raises:
        EvalUsageError: there is no such suite; the message says which there are.
    """
    if name not in SUITES:
        known = "; ".join(f"{suite.name}: {suite.about}" for suite in SUITES.values())
        raise EvalUsageError(f"There is no suite {name!r}. There is {known}.")
    return SUITES[name]
