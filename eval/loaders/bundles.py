"""Shopping bundles with a written intent each (Sun et al. 2022): sessions, items, bundles."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec

from goeswith.engine.model import Product, TypePath
from goeswith.eval.loaders.rows import read_rows

FILES = (
    "item_titles.csv.gz",
    "item_categories.csv.gz",
    "session_item.csv.gz",
    "session_bundle.csv.gz",
    "bundle_item.csv.gz",
    "bundle_intent.csv.gz",
)
ORIGIN = "Get it from github.com/BundleRec/bundle_recommendation (dataset)."


class Bundle(msgspec.Struct, frozen=True):
    """What belongs together for an intent, and the session it was found in."""

    id: str
    session: str
    intent: str
    items: tuple[str, ...]


class BundleSet(msgspec.Struct, frozen=True):
    """Products, the items of each session, and the bundles found inside the sessions."""

    products: tuple[Product, ...]
    sessions: dict[str, tuple[str, ...]]
    bundles: tuple[Bundle, ...]


def load_bundles(folder: Path) -> BundleSet:
    """Read one domain.

    Raises:
        EvalError: a file is absent or lacks a column.
    """

    def pairs(file: str, one: str, other: str) -> list[tuple[str, str]]:
        return [(row[one], row[other]) for row in read_rows(folder / file, (one, other))]

    titles = dict(pairs("item_titles.csv.gz", "item ID", "titles"))
    types = dict(pairs("item_categories.csv.gz", "item ID", "categories"))
    products = tuple(
        Product(sku, title, product_type=path_of(types.get(sku, "")))
        for sku, title in titles.items()
        if title
    )
    sessions, members = defaultdict(list), defaultdict(list)
    for session, item in pairs("session_item.csv.gz", "session ID", "item ID"):
        sessions[session].append(item)
    for bundle, item in pairs("bundle_item.csv.gz", "bundle ID", "item ID"):
        members[bundle].append(item)
    intents = dict(pairs("bundle_intent.csv.gz", "bundle ID", "intent"))
    bundles = tuple(
        Bundle(bundle, session, " ".join(intents[bundle].split()), tuple(members[bundle]))
        for session, bundle in pairs("session_bundle.csv.gz", "session ID", "bundle ID")
        if intents.get(bundle, "").strip() and members[bundle]
    )
    return BundleSet(
        products, {session: tuple(items) for session, items in sessions.items()}, bundles
    )


def path_of(text: str) -> TypePath:
    """Return the longest path of "[[A,B],[A,C, D,E]]". A comma before a space belongs to a name."""
    paths = [part.split(",") for part in text.strip("[]").split("],[")]
    longest: list[str] = []
    for part in paths:
        levels: list[str] = []
        for piece in part:
            if piece.startswith(" ") and levels:
                levels[-1] += f",{piece}"
            elif piece.strip():
                levels.append(piece.strip())
        if len(levels) > len(longest):
            longest = levels
    return tuple(longest)
