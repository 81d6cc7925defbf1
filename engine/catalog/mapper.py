"""A row of a file becomes a product and an offer, by the rules of a feed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from goeswith.engine.catalog.clean import cap, clean, read_available, read_price, snake
from goeswith.engine.catalog.expand import Expander
from goeswith.engine.catalog.feed import Feed
from goeswith.engine.catalog.record import BadRow, Values
from goeswith.engine.catalog.template import columns_of, compile_field
from goeswith.engine.model import Attributes, Offer, Product, TypePath

MAX_SKU = 200
MAX_TITLE = 500
MAX_BRAND = 200
MAX_LEVEL = 120
MAX_LEVELS = 8
MAX_NAME = 80
MAX_VALUE = 1000
MAX_ATTRIBUTES = 200
_MAX_CELL = 20_000
_MAX_KNOWN = 100_000


class Dropped(NamedTuple):
    """A row that is no product by the rules of the feed."""

    reason: str


class Mapper:
    """Maps the rows of one catalog; rows must come in file order (rows may inherit)."""

    def __init__(self, feed: Feed, changed: Counter[str]) -> None:
        """Compile a feed. `changed` counts the fields that had to be altered."""
        self._changed = changed
        fields = feed.fields
        self._sku = compile_field(fields.sku)
        names = {
            text.split(" ")[0]
            for text in feed.expand.words.values()
            if text[:1] != text[:1].lower()
        }
        self._title = compile_field(fields.title, names)
        self._brand = compile_field(fields.brand)
        self._group = compile_field(fields.item_group)
        self._price = compile_field(fields.price)
        self._currency = compile_field(fields.currency)
        self._available = compile_field(fields.availability)
        self._levels = [compile_field(level) for level in feed.type.levels]
        marks = "|".join(re.escape(mark) for mark in feed.type.separators)
        self._separator = re.compile(marks) if marks else None
        self._attributes = _AttributeReader(feed, changed)
        self._drops = [
            (rule.reason, snake(rule.column), {v.casefold() for v in rule.values}, _all(rule.empty))
            for rule in feed.drop
        ]
        self._inherit = feed.inherit and (snake(feed.inherit.key), _all(feed.inherit.columns))
        self._parent: Values = {}
        self._rewrites: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for rule in feed.rewrite:
            pattern = re.compile(rule.pattern)
            self._rewrites.setdefault(snake(rule.column), []).append((pattern, rule.replace))
        self._values = {snake(column): table for column, table in feed.values.items()}
        self._expand = Expander(feed.expand)
        self._expanded = frozenset(_all(feed.expand.columns))
        ruled = {*self._rewrites, *self._values, *self._expanded}
        self._known: dict[str, dict[str, str]] = {column: {} for column in ruled}

    def map(self, row: Values) -> tuple[Product, Offer] | Dropped | BadRow:
        """Return the product and offer of a row, or why there is none."""
        row = self._inherited(row)
        for reason, column, values, empty in self._drops:
            if values and _folded(row.get(column, "")[:MAX_LEVEL]) in values:
                return Dropped(reason)
            if empty and not any(clean(row.get(name, "")) for name in empty):
                return Dropped(reason)

        def get(column: str) -> str:
            raw = row.get(column)
            return self._readable(column, raw) if raw else ""

        sku = self._sku(get)
        if not sku:
            return BadRow("missing_sku", cap(self._title(get), 80))
        if len(sku) > MAX_SKU:
            return BadRow("sku_too_long", f"{len(sku)} characters, at most {MAX_SKU}")
        title = self._title(get)
        if not title:
            return BadRow("missing_title", "")
        product = Product(
            sku=sku,
            title=self._capped(title, MAX_TITLE),
            brand=self._capped(self._brand(get), MAX_BRAND),
            product_type=self._path([level(get) for level in self._levels]),
            attributes=self._attributes.read(row, get),
            item_group=self._capped(self._group(get), MAX_SKU),
        )
        return product, self._offer(self._price(get), self._currency(get), self._available(get))

    def sku_of(self, row: Values) -> str:
        """Return the sku of a row as far as it can be read."""
        return self._sku(lambda column: clean(row.get(column, "")[:MAX_SKU]))

    def _inherited(self, row: Values) -> Values:
        if not self._inherit:
            return row
        key, columns = self._inherit
        value = row.get(key)
        if not value or value != self._parent.get(key):
            self._parent = row
            return row
        return row | {c: self._parent[c] for c in columns if not row.get(c) and c in self._parent}

    def _readable(self, column: str, raw: str) -> str:
        known = self._known.get(column)
        if known is None:
            return clean(raw[:_MAX_CELL])
        text = known.get(raw)
        if text is None:
            text = self._ruled(column, clean(raw[:_MAX_CELL]))
            if len(known) < _MAX_KNOWN and len(raw) <= MAX_LEVEL:
                known[raw] = text
        return text

    def _ruled(self, column: str, text: str) -> str:
        for pattern, replace in self._rewrites.get(column, ()):
            text = pattern.sub(replace, text)
        table = self._values.get(column)
        if table is not None:
            text = table.get(text, text)
        return self._expand(text) if column in self._expanded and text else text

    def _capped(self, text: str, limit: int) -> str:
        if len(text) <= limit:
            return text
        self._changed["cut_to_length"] += 1
        return cap(text, limit)

    def _path(self, values: list[str]) -> TypePath:
        path: list[str] = []
        for value in values:
            for level in self._separator.split(value) if self._separator else (value,):
                level = self._capped(level.strip(), MAX_LEVEL)  # noqa: PLW2901
                if level and (not path or level.casefold() != path[-1].casefold()):
                    path.append(level)
        return tuple(path[:MAX_LEVELS])

    def _offer(self, price: str, currency: str, available: str) -> Offer:
        amount, code = read_price(price) if price else (None, "")
        if price and amount is None:
            self._changed["price_unreadable"] += 1
        return Offer(
            price=amount,
            currency=cap(currency, 8).upper() or code,
            available=read_available(available) if available else None,
        )


class _AttributeReader:
    def __init__(self, feed: Feed, changed: Counter[str]) -> None:
        rule = feed.attributes
        self._changed = changed
        self._columns = [(snake(name), compile_field(spec)) for name, spec in rule.columns.items()]
        self._pairs = [(snake(name), snake(value)) for name, value in rule.pairs]
        self._prefixes = tuple(f"{snake(prefix)}_" for prefix in rule.prefixes)
        self._details = _all(rule.details)
        self._split = {snake(name): mark for name, mark in rule.split.items()}
        self._rest = rule.rest
        fields = feed.fields
        specs = [fields.sku, fields.title, fields.brand, fields.item_group, fields.price]
        specs += [fields.currency, fields.availability, *feed.type.levels, *rule.columns.values()]
        used = [column for spec in specs for column in columns_of(spec)]
        used += [*rule.ignore, *rule.details, *(column for pair in rule.pairs for column in pair)]
        self._used = frozenset([*_all(used), ""])

    def read(self, row: Values, get: Callable[[str], str]) -> Attributes:
        found: Attributes = {}
        for name, read in self._columns:
            self._add(found, name, read(get))
        for name, value in self._pairs:
            self._add(found, snake(get(name)), get(value))
        for column in self._details:
            for name, value in _details(get(column)):
                self._add(found, snake(name), value)
        if self._prefixes or self._rest:
            for column in row:
                if column.startswith(self._prefixes):
                    prefix = next(p for p in self._prefixes if column.startswith(p))
                    self._add(found, column.removeprefix(prefix), get(column))
                elif self._rest and column not in self._used:
                    self._add(found, column, get(column))
        if len(found) > MAX_ATTRIBUTES:
            self._changed["attributes_cut"] += 1
        return dict(sorted(found.items())[:MAX_ATTRIBUTES])

    def _add(self, found: Attributes, name: str, value: str) -> None:
        if not value or not name or name in found:
            return
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            self._changed["cut_to_length"] += 1
        mark = self._split.get(name)
        if mark:
            value = "|".join(part for piece in value.split(mark) if (part := piece.strip()))
        if value:
            found[name[:MAX_NAME]] = cap(value, MAX_VALUE)


def _details(text: str) -> list[tuple[str, str]]:
    """Read "section:name:value, name:value"; a piece without a colon continues the value."""
    found: list[tuple[str, str]] = []
    for piece in text.split(",") if text else ():
        parts = [part.strip() for part in piece.split(":", 2)]
        if len(parts) > 1:
            found.append((parts[-2], parts[-1]))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}, {parts[0]}")
    return found


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return clean(text).casefold()


def _all(columns: list[str]) -> list[str]:
    return [snake(column) for column in columns]
