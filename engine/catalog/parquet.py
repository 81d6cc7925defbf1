"""Parquet as rows of text values, a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.catalog.clean import snake
from goeswith.engine.catalog.jsonrows import flatten
from goeswith.engine.catalog.record import BadRow, Row, Values
from goeswith.engine.errors import CatalogError

if TYPE_CHECKING:
    import polars as pl

_SLICE = 50_000


def read_parquet(path: Path) -> tuple[list[str], Iterator[Row], int]:
    """Return the columns, the rows numbered from 1, and how many there are.

    Raises:
        CatalogError: The file is damaged.
    """
    import polars as pl

    try:
        lazy = pl.scan_parquet(path, glob=False)
        schema = lazy.collect_schema()
        total = int(lazy.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise CatalogError(f"The Parquet file {path} is damaged: {error}") from error
    return schema.names(), _rows(path, lazy, total), total


def _rows(path: Path, lazy: pl.LazyFrame, total: int) -> Iterator[Row]:
    import polars as pl

    for start in range(0, total, _SLICE):
        try:
            frame = lazy.slice(start, _SLICE).collect()
        except pl.exceptions.PolarsError as error:
            raise CatalogError(
                f"The Parquet file {path} is damaged after row {start}: {error}"
            ) from error
        yield from enumerate(_values(frame), start=start + 1)


def _values(frame: pl.DataFrame) -> Iterator[Values | BadRow]:
    if any(kind.is_nested() for kind in frame.dtypes):
        for row in frame.iter_rows(named=True):
            yield flatten(row)
        return
    columns = [_as_text(frame.get_column(name)) for name in frame.columns]
    names = [snake(name) for name in frame.columns]
    for cells in zip(*(column.to_list() for column in columns), strict=True):
        yield {name: cell for name, cell in zip(names, cells, strict=True) if cell}


def _as_text(column: pl.Series) -> pl.Series:
    """Write whole floats without ".0": a table with gaps often holds its ids as floats."""
    import polars as pl

    text = column.cast(pl.String, strict=False)
    return text.str.replace(r"\.0$", "") if column.dtype.is_float() else text
