"""Field maps ("feeds") as data: which column of a file becomes which field of a product."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec

from goeswith.engine.catalog.clean import snake
from goeswith.engine.errors import CatalogError

DEFAULT = "plain"
_FIRST = ("plain", "google", "shopify")
Columns = str | list[str]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column, a template such as "{Title}[, {Size}]", or a list of which the first filled wins.

    A part in square brackets is left out where a column in it is empty or where it says nothing
    that the text before it does not say.
    """

    sku: Columns
    title: Columns
    brand: Columns = ""
    item_group: Columns = ""
    price: Columns = ""
    currency: Columns = ""
    availability: Columns = ""


class TypeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry a level; a value is split into further levels at any of `separators`."""

    levels: list[Columns] = []
    separators: list[str] = []


class AttributeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where attributes come from.

    `columns` maps attribute to column. `prefixes` take every column that begins so. `pairs` are
    (name column, value column). `details` hold "section:name:value, ..." as in Merchant Center.
    `rest` takes every column no other rule uses, but those in `ignore`. `split` maps attribute to
    the mark at which its value is split into several.
    """

    columns: dict[str, str] = {}
    prefixes: list[str] = []
    pairs: list[tuple[str, str]] = []
    details: list[str] = []
    rest: bool = False
    ignore: list[str] = []
    split: dict[str, str] = {}


class InheritRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that follow with the same `key` take empty `columns` from the first of them."""

    key: str
    columns: list[str]


class DropRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are no products: `column` has one of `values`, or all of `empty` are empty."""

    reason: str
    column: str = ""
    values: list[str] = []
    empty: list[str] = []


class RewriteRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replace each match of the regular expression `pattern` in `column` by `replace`."""

    column: str
    pattern: str
    replace: str = ""


class ExpandRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make codes readable in `columns`, in this order.

    `values` replaces a whole value, `replace` is a list of (regular expression, replacement),
    `words` replaces words and phrases (the longest first). What is left is set in lower case with
    a capital first letter; what `values` and `words` give keeps its case.
    """

    columns: list[str] = []
    replace: list[tuple[str, str]] = []
    values: dict[str, str] = {}
    words: dict[str, str] = {}


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field map. `detect` names the columns by which the feed is recognised."""

    description: str
    fields: Fields
    detect: list[str] = []
    type: TypeRule = TypeRule()
    attributes: AttributeRule = AttributeRule()
    inherit: InheritRule | None = None
    drop: list[DropRule] = []
    rewrite: list[RewriteRule] = []
    values: dict[str, dict[str, str]] = {}
    expand: ExpandRule = ExpandRule()


def feeds() -> dict[str, str]:
    """Return the names of the feeds that come with the package, each with its description."""
    return {name: load_feed(name).description for name in _names()}


def load_feed(feed: str | Path) -> Feed:
    """Return a feed by name or from a TOML file.

    Raises:
        CatalogError: The feed is unknown, unreadable, or has a key or value it must not have.
    """
    shipped = _names()
    if str(feed) in shipped:
        file = resources.files("goeswith.engine.catalog") / "feeds" / f"{feed}.toml"
        return _parse(file.read_text(encoding="utf-8"), str(feed))
    path = Path(feed)
    if path.suffix.casefold() != ".toml":
        raise CatalogError(
            f"There is no feed {str(feed)!r}. Feeds are {', '.join(shipped)}, or the path of a "
            "field map that ends in .toml."
        )
    try:
        return _parse(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"Cannot read the field map {path}: {error}.") from error


def detect_feed(columns: Sequence[str]) -> str:
    """Return the one feed whose `detect` columns are all there; "plain" where none or several."""
    there = {snake(column) for column in columns}
    found = [
        name
        for name in _names()
        if (marks := load_feed(name).detect) and all(snake(mark) in there for mark in marks)
    ]
    return found[0] if len(found) == 1 else DEFAULT


def _names() -> tuple[str, ...]:
    folder = resources.files("goeswith.engine.catalog") / "feeds"
    names = {f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")}
    return (*_FIRST, *sorted(names - set(_FIRST)))


def _parse(text: str, name: str) -> Feed:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"The field map {name} is not TOML: {error}.") from error
    _check_keys(table, Feed, name, "")
    try:
        feed = msgspec.convert(table, Feed)
    except msgspec.ValidationError as error:
        raise CatalogError(f"The field map {name} has a wrong value: {error}.") from error
    rewrites = [(rule.pattern, rule.replace) for rule in feed.rewrite]
    for pattern, replace in [*feed.expand.replace, *rewrites]:
        try:
            re.compile(pattern)
            re.compile(f"{pattern}|").sub(replace, "")
        except re.error as error:
            raise CatalogError(
                f"The field map {name} has a bad pattern {pattern!r}: {error}."
            ) from error
    return feed


def _check_keys(table: dict[str, object], struct: type[msgspec.Struct], name: str, at: str) -> None:
    hints = get_type_hints(struct)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        where = f" in [{at}]" if at else ""
        raise CatalogError(
            f"The field map {name} has an unknown key {unknown[0]!r}{where}. "
            f"Allowed: {', '.join(hints)}."
        )
    for key, value in table.items():
        inner = _struct_in(hints[key])
        for entry in value if isinstance(value, list) else [value]:
            if inner and isinstance(entry, dict):
                _check_keys(entry, inner, name, f"{at}.{key}".strip("."))


def _struct_in(hint: object) -> type[msgspec.Struct] | None:
    for candidate in (hint, *get_args(hint)):
        if isinstance(candidate, type) and issubclass(candidate, msgspec.Struct):
            return candidate
    return None
