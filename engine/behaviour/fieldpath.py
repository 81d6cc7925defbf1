"""Paths into rows that may be nested: `a.b`, `items[].item_id`, `params[name].value.text`.

`list[]` means every element of the list, one row each; `list[k]` means the element whose `key`
is k. Alternatives are separated by `|`; the first that has a value wins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from goeswith.engine.errors import BehaviourError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

_STEP = re.compile(r"([^.\[\]|]+)(?:\[([^.\[\]|]*)\])?")

Step = tuple[str, str | None]
"""A field name and what stands in its brackets: None for no brackets, "" for every element."""


def parse(path: str) -> list[list[Step]]:
    """Return the alternatives of a path, each as its steps.

    Raises:
        BehaviourError: if the path cannot be read.
    """
    alternatives: list[list[Step]] = []
    for alternative in path.split("|"):
        steps: list[Step] = []
        for part in alternative.strip().split("."):
            found = _STEP.fullmatch(part.strip())
            if not found:
                raise BehaviourError(
                    f"The field map path {path!r} cannot be read at {part!r}. Write it like "
                    "'basket_id', 'ecommerce.transaction_id' or 'items[].item_id'."
                )
            steps.append((found[1], found[2]))
        alternatives.append(steps)
    return alternatives


def roots(path: str) -> set[str]:
    """Return the top-level columns a path may read."""
    return {steps[0][0] for steps in parse(path)}


def exploded(paths: Iterable[str]) -> str | None:
    """Return the one list column that gives a row per element, or None.

    Raises:
        BehaviourError: if the paths name more than one such column, or a nested one.
    """
    lists = set()
    for path in paths:
        for steps in parse(path):
            for depth, (name, bracket) in enumerate(steps):
                if bracket != "":
                    continue
                if depth:
                    raise BehaviourError(
                        f"The field map path {path!r} uses [] below the top level. "
                        "Flatten the file so that the list of items is a column of its own."
                    )
                lists.add(name)
    if len(lists) > 1:
        raise BehaviourError(
            f"The field map uses [] on {', '.join(sorted(lists))}. Only one list can give a row "
            "per element."
        )
    return lists.pop() if lists else None


def schema(paths: Iterable[str]) -> Mapping[str, pl.DataType]:
    """Return the narrowest schema that holds the paths, every leaf as text.

    A JSON reader given this schema ignores all else in the file and reads numbers as text.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        for steps in parse(path):
            node = tree
            for name, bracket in steps:
                entry = node.setdefault(name, {"list": False, "fields": {}})
                if bracket is not None:
                    entry["list"] = True
                if bracket:
                    entry["fields"].setdefault("key", {"list": False, "fields": {}})
                node = entry["fields"]
    return {name: _dtype(entry) for name, entry in tree.items()}


def _dtype(entry: dict[str, Any]) -> pl.DataType:
    import polars as pl

    dtype: pl.DataType = pl.String()
    if entry["fields"]:
        dtype = pl.Struct({name: _dtype(child) for name, child in entry["fields"].items()})
    return pl.List(dtype) if entry["list"] else dtype


def text(path: str, columns: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return an expression for the value as stripped text, null where it is absent or empty.

    `columns` is the schema after the exploded list became one element a row.
    """
    import polars as pl

    found = [e for e in (_walk(steps, columns) for steps in parse(path)) if e is not None]
    if not found:
        return pl.lit(None, dtype=pl.String)
    stripped = [e.cast(pl.String).str.strip_chars() for e in found]
    return pl.coalesce([pl.when(e != "").then(e) for e in stripped])


def _walk(steps: list[Step], columns: Mapping[str, pl.DataType]) -> pl.Expr | None:
    import polars as pl

    expression: pl.Expr | None = None
    fields = columns
    for name, bracket in steps:
        if name not in fields:
            return None
        dtype = fields[name]
        expression = pl.col(name) if expression is None else expression.struct.field(name)
        if bracket:
            if not isinstance(dtype, pl.List):
                return None
            has_key = pl.element().struct.field("key") == bracket
            expression = expression.list.eval(pl.element().filter(has_key)).list.first()
            dtype = _datatype(dtype.inner)
        fields = (
            {f.name: _datatype(f.dtype) for f in dtype.fields}
            if isinstance(dtype, pl.Struct)
            else {}
        )
    return expression


def _datatype(dtype: Any) -> pl.DataType:  # noqa: ANN401 - polars types inner as class or instance
    result: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return result
