"""Reading behaviour files into plain arrays. Ids of people and baskets do not leave this module."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goeswith.engine.behaviour import fieldpath
from goeswith.engine.behaviour.fieldmap import FieldMap, detect, load
from goeswith.engine.errors import BehaviourError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a missing time."""

BASKET, VIEW = 0, 1
"""Kinds of events: a purchase in a basket, a view in a session."""

_FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".ndjson.gz": "jsonl",
    ".json.gz": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}
_PEEK = 100


class EventCounts(msgspec.Struct, frozen=True):
    """What was read and what was left out, in rows: a line, or an item where items are nested."""

    rows: int = 0
    unknown_sku: int = 0
    no_sku: int = 0
    no_basket: int = 0
    other_kind: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Events:
    """One entry per known product in a basket or session.

    `baskets` int64: dense index of the basket or session; it follows the order of the ids, so it
    does not depend on the order of rows or files. `rows` int32: catalog row. `times` int64:
    seconds since 1970 UTC, `NO_TIME` where missing. `kinds` uint8: `BASKET` or `VIEW`, the same
    for all entries of a basket.
    """

    baskets: NDArray[np.int64]
    rows: NDArray[np.int32]
    times: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    counts: EventCounts
    field_map: str


def read_events(
    files: Sequence[Path], skus: Sequence[str], field_map: str | Path | None = None
) -> Events:
    """Read CSV, JSON lines (both also gzip) or Parquet files of one format.

    `skus` gives the catalog row of a SKU by position. Without `field_map` the shipped map that
    fits the columns of each file is taken.

    Raises:
        BehaviourError: if a file or the map cannot be used, or no row has a known SKU and a basket.
    """
    import polars as pl

    if not files:
        raise BehaviourError("No behaviour file was given. Name at least one.")
    table = pl.DataFrame(
        {"sku": pl.Series(skus, dtype=pl.String)}, schema={"sku": pl.String}
    ).with_row_index("row")
    table = table.unique("sku", keep="first", maintain_order=True)
    chosen = load(field_map) if field_map is not None else None
    names: list[str] = []
    parts: list[pl.DataFrame] = []
    for file in files:
        frame, name = _read(Path(file), chosen, table)
        parts.append(frame)
        if name not in names:
            names.append(name)
    return _assemble(pl.concat(parts), ", ".join(names), files)


def _read(file: Path, chosen: FieldMap | None, table: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    import polars as pl

    form = _form(file)
    try:
        columns = _columns(file, form)
        using = chosen or detect(columns, file)
        needed = {root for rule in using.rules for key in rule.key for root in _first_root(key)}
        missing = (
            sorted((_first_root(using.sku) | needed) - set(columns)) if form != "jsonl" else []
        )
        if missing:
            raise BehaviourError(
                f"{file} has no column {', '.join(missing)}, which the field map {using.name!r} "
                "names. Choose another map or write one for this file."
            )
        lazy = _scan(file, form, using)
        return _query(lazy, using, table).collect(engine="streaming"), using.name
    except (pl.exceptions.PolarsError, OSError, EOFError, UnicodeDecodeError) as error:
        raise BehaviourError(
            f"{file} cannot be read as {form}: {str(error).splitlines()[0][:200]}. Check that the "
            "file is complete, encoded as UTF-8, and has the format its name says."
        ) from error


def _first_root(path: str) -> set[str]:
    found = fieldpath.roots(path)
    return found if len(found) == 1 else set()


def _form(file: Path) -> str:
    if not file.is_file():
        raise BehaviourError(f"There is no file {file}. Check the path.")
    if file.stat().st_size == 0:
        raise BehaviourError(f"{file} is empty. Export it again.")
    name = file.name.lower()
    for ending, form in _FORMATS.items():
        if name.endswith(ending):
            return form
    raise BehaviourError(
        f"{file} has an ending that is not known. Use one of {', '.join(sorted(_FORMATS))}."
    )


def _columns(file: Path, form: str) -> list[str]:
    import polars as pl

    if form == "parquet":
        return pl.scan_parquet(file).collect_schema().names()
    if form == "csv":
        return pl.scan_csv(file, infer_schema=False).collect_schema().names()
    opener = gzip.open if file.name.lower().endswith(".gz") else open
    seen: dict[str, None] = {}
    with opener(file, "rb") as stream:
        for number, line in enumerate(stream, 1):
            if number > _PEEK:
                break
            if line.strip():
                seen.update(dict.fromkeys(_keys(line, file, number)))
    return list(seen)


def _keys(line: bytes, file: Path, number: int) -> list[str]:
    try:
        return list(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BehaviourError(
            f"Line {number} of {file} is not a JSON object: {error}. "
            "Write one JSON object on each line."
        ) from error


def _scan(file: Path, form: str, using: FieldMap) -> pl.LazyFrame:
    import polars as pl

    if form == "parquet":
        return pl.scan_parquet(file)
    if form == "csv":
        return pl.scan_csv(file, infer_schema=False)
    return pl.scan_ndjson(file, schema=dict(fieldpath.schema(using.paths())))


def _query(lazy: pl.LazyFrame, using: FieldMap, table: pl.DataFrame) -> pl.LazyFrame:
    import polars as pl

    columns = dict(lazy.collect_schema())
    items = fieldpath.exploded(using.paths())
    used = {root for path in using.paths() for root in fieldpath.roots(path)}
    lazy = lazy.select([name for name in columns if name in used])
    if items is not None and isinstance(columns.get(items), pl.List):
        lazy = lazy.filter(pl.col(items).list.len() > 0).explode(items)
        columns = dict(lazy.collect_schema())

    rule = pl.lit(None, dtype=pl.UInt8)
    kind = pl.lit(None, dtype=pl.UInt8)
    key = pl.lit(None, dtype=pl.String)
    for number, entry in reversed(list(enumerate(using.rules))):
        matches = pl.lit(value=True)
        for path, values in entry.when.items():
            value = fieldpath.text(path, columns).str.to_lowercase().fill_null("")
            matches &= value.is_in([v.lower() for v in values])
        parts = [fieldpath.text(path, columns) for path in entry.key]
        named = pl.concat_str([pl.lit(entry.kind), *parts], separator="\x1f")
        rule = pl.when(matches).then(pl.lit(number, dtype=pl.UInt8)).otherwise(rule)
        code = BASKET if entry.kind == "basket" else VIEW
        kind = pl.when(matches).then(pl.lit(code, dtype=pl.UInt8)).otherwise(kind)
        key = pl.when(matches).then(named).otherwise(key)
    returned = (
        fieldpath.text(using.quantity, columns).cast(pl.Float64, strict=False) <= 0
        if using.quantity
        else pl.lit(value=False)
    )
    lazy = lazy.select(
        sku=fieldpath.text(using.sku, columns),
        key=key,
        kind=kind,
        time=_seconds(using.time, columns),
        timed=fieldpath.text(using.time, columns).is_not_null()
        if using.time
        else pl.lit(value=False),
        returned=returned.fill_null(value=False),
    )
    joined = lazy.join(table.lazy(), on="sku", how="left")
    return joined.select(
        "key", "kind", "time", "timed", "returned", "row", has_sku=pl.col("sku").is_not_null()
    )


def _seconds(path: str, columns: dict[str, pl.DataType]) -> pl.Expr:
    """Return whole seconds since 1970 UTC. Bare numbers are read by size: s, ms, us or ns."""
    import polars as pl

    if not path:
        return pl.lit(None, dtype=pl.Int64)
    dtype = columns.get(path)
    if isinstance(dtype, pl.Datetime | pl.Date):
        return pl.col(path).cast(pl.Datetime("us")).dt.epoch("s")
    value = fieldpath.text(path, columns)
    plain = value.str.replace(r"(\d)T(\d)", "$1 $2").str.replace(r"\s*(Z|UTC)$", "")
    number = value.cast(pl.Float64, strict=False)
    scale = (
        pl.when(number.abs() < 1e11)
        .then(1.0)
        .when(number.abs() < 1e14)
        .then(1e3)
        .when(number.abs() < 1e17)
        .then(1e6)
        .otherwise(1e9)
    )
    dates = [
        plain.str.to_datetime(form, strict=False, time_unit="us").dt.epoch("s")
        for form in ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
    ]
    zoned = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", strict=False, time_unit="us")
    days = [
        plain.str.to_date(form, strict=False).cast(pl.Datetime("us")).dt.epoch("s")
        for form in ("%Y-%m-%d", "%Y%m%d")
    ]
    from_number = (number / scale).floor().cast(pl.Int64, strict=False)
    return pl.coalesce([*dates, zoned.dt.epoch("s"), *days, from_number])


def _assemble(frame: pl.DataFrame, name: str, files: Sequence[Path]) -> Events:
    import polars as pl

    if frame["timed"].any() and frame["time"].null_count() == len(frame):
        raise BehaviourError(
            f"No time in {files[0]} can be read. Write times as 2026-01-31 18:05:00, "
            "as 2026-01-31, or as seconds, milliseconds or microseconds since 1970."
        )
    reason = (
        pl.when(pl.col("kind").is_null())
        .then(pl.lit("other_kind"))
        .when(~pl.col("has_sku"))
        .then(pl.lit("no_sku"))
        .when(pl.col("returned"))
        .then(pl.lit("returned"))
        .when(pl.col("key").is_null())
        .then(pl.lit("no_basket"))
        .when(pl.col("row").is_null())
        .then(pl.lit("unknown_sku"))
        .otherwise(pl.lit("used"))
    )
    frame = frame.with_columns(reason=reason)
    tally = dict(frame.group_by("reason").len().iter_rows())
    used = tally.pop("used", 0)
    counts = EventCounts(rows=len(frame), **tally)
    if not used:
        raise BehaviourError(
            f"No row of {files[0]} can be used: {counts.unknown_sku} with a SKU that is not in the "
            f"catalog, {counts.no_basket} without a basket id, {counts.other_kind} of another "
            "kind. Check that the SKUs are those of the catalog and that the field map fits."
        )
    frame = frame.filter(pl.col("reason") == "used").select(
        pl.col("key").rank("dense").cast(pl.Int64) - 1,
        pl.col("row").cast(pl.Int32),
        pl.col("time").fill_null(NO_TIME),
        "kind",
    )
    return Events(
        baskets=frame["key"].to_numpy(),
        rows=frame["row"].to_numpy(),
        times=frame["time"].to_numpy(),
        kinds=frame["kind"].to_numpy(),
        counts=counts,
        field_map=name,
    )
