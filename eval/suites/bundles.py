"""From an intent in words to the products that somebody bundled for it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.loaders.bundles import FILES, Bundle, load_bundles
from goeswith.eval.loaders.judged import Judged
from goeswith.eval.model import Prepared
from goeswith.eval.shelf import indexed_products
from goeswith.eval.suites.judged import prepared_judged


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a domain's files are, and one line about it."""

    folder: str
    about: str


class BundleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declaration in bundles.toml. `learn_share` is the share of sessions to learn from."""

    measures: tuple[str, ...]
    questions: int
    learn_share: float
    origin: str
    domains: dict[str, Domain]


def load_bundle_spec() -> BundleSpec:
    """Read the declaration that is shipped beside this module."""
    raw = resources.files("goeswith.eval.suites").joinpath("bundles.toml").read_bytes()
    return msgspec.toml.decode(raw, type=BundleSpec)


class BundleSuite:
    """One domain of bundles, named "bundles-DOMAIN"."""

    def __init__(self, domain: str) -> None:
        self.name = f"bundles-{domain}"
        self._spec = load_bundle_spec()
        self._domain = self._spec.domains[domain]
        self.about = self._domain.about

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
        spec = self._spec
        data = load_bundles(data_folder(self._domain.folder, FILES, spec.origin))
        learnt = {name for name in data.sessions if learns(name, spec.learn_share)}
        baskets = {name: data.sessions[name] for name in sorted(learnt)}
        home = indexed_products(self.name, data.products, baskets, work, settings, progress)
        asked = [bundle for bundle in data.bundles if bundle.session not in learnt]
        return prepared_judged(
            home,
            settings,
            by_intent(asked),
            skus={product.sku for product in data.products},
            questions=spec.questions if questions is None else questions,
            seed=seed,
            measures=spec.measures,
            facts={
                "products": len(data.products),
                "sessions to learn from": len(learnt),
                "bundles asked for": len(asked),
            },
        )


def learns(session: str, share: float) -> bool:
    """Tell whether a session is one to learn from, by its id alone."""
    digest = hashlib.blake2b(session.encode(), digest_size=4).digest()
    return int.from_bytes(digest) < share * 2**32


def by_intent(bundles: Iterable[Bundle]) -> list[Judged]:
    """Return a question for each intent. Bundles with the same intent are one truth."""
    items: dict[str, set[str]] = defaultdict(set)
    for bundle in bundles:
        items[bundle.intent.casefold()].update(bundle.items)
    return [
        Judged(f"b{number}", intent, dict.fromkeys(sorted(items[intent]), 1))
        for number, intent in enumerate(sorted(items))
    ]
