"""Read catalog files into a snapshot folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from goeswith.engine.catalog.clean import snake
from goeswith.engine.catalog.feed import Feed, detect_feed, feeds, load_feed
from goeswith.engine.catalog.mapper import Dropped, Mapper
from goeswith.engine.catalog.record import BadRow, Source
from goeswith.engine.catalog.report import CatalogReport, Ledger
from goeswith.engine.catalog.source import open_source
from goeswith.engine.catalog.template import needed_by
from goeswith.engine.catalog.writer import SnapshotWriter
from goeswith.engine.errors import CatalogError, HomeWriteError
from goeswith.engine.model import Offer, Product

Progress = Callable[[str, int, int | None], None]
REJECTS = "rejects.jsonl"
_EVERY = 10_000
_SHOWN = 40
_FILE_SHIFT = 40


def read_catalog(
    files: Sequence[Path],
    out: Path,
    *,
    feed: str | Path | None,
    generation: int,
    progress: Progress,
    rejects: Path | None = None,
) -> CatalogReport:
    """Read the files in order and write a snapshot into the empty folder `out`.

    Of several rows with one sku the last wins. Rows left out are listed in `rejects`, or
    else in `out/rejects.jsonl`.
    Without a feed it is picked by the columns of the first file. `progress` gets a stage ("read",
    "write"), rows done, and rows in all where known.

    Raises:
        CatalogError: A file or the feed cannot be used, or no product is left.
        HomeWriteError: `out` is not empty or cannot be written.
    """
    started = perf_counter()
    if not files:
        raise CatalogError("No catalog file is given.")
    name, rules = str(feed or ""), load_feed(feed) if feed else None
    _prepare(out)
    writer = SnapshotWriter()
    with Ledger(rejects or out / REJECTS) as ledger:
        reading = _Reading(writer, ledger, progress)
        for path in files:
            source = open_source(path)
            if rules is None:
                name = detect_feed(source.columns)
                rules = load_feed(name)
            _check_columns(source, rules, name)
            reading.rows(source, Mapper(rules, ledger.changed))
    if not len(writer):
        raise CatalogError(
            f"No product is left of {ledger.read} rows ({ledger.summary()}). "
            f"See {ledger.path} for each row."
        )
    progress("write", 0, len(writer))
    tables = writer.write(out, generation=generation, feed=name)
    progress("write", len(writer), len(writer))
    return CatalogReport(
        feed=name,
        detected=feed is None,
        read=ledger.read,
        kept=len(writer),
        duplicates=ledger.duplicates,
        dropped=ledger.dropped.total(),
        rejected=ledger.rejected.total(),
        dropped_by=dict(sorted(ledger.dropped.items())),
        rejected_by=dict(sorted(ledger.rejected.items())),
        changed=dict(sorted(ledger.changed.items())),
        types=sum(1 for path in tables.types if path),
        brands=len(tables.brands),
        seconds=perf_counter() - started,
        rejects=str(ledger.path),
    )


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise HomeWriteError(f"The folder {out} is not empty.")
    except OSError as error:
        raise HomeWriteError(f"Cannot write {out}: {error.strerror}.") from error


def _check_columns(source: Source, feed: Feed, name: str) -> None:
    there = {snake(column) for column in source.columns}
    for field, spec in (("sku", feed.fields.sku), ("title", feed.fields.title)):
        ways = needed_by(spec)
        if any(all(snake(column) in there for column in way) for way in ways):
            continue
        missing = next(column for column in ways[0] if snake(column) not in there)
        shown = ", ".join(source.columns[:_SHOWN]) or "none that can be read"
        raise CatalogError(
            f"{source.name} has no column {missing!r}, which feed {name!r} needs for the {field}. "
            f"Columns found: {shown}. Feeds: {', '.join(feeds())}, or your own FILE.toml."
        )


class _Reading:
    """Takes the rows of file after file to the writer or the ledger."""

    def __init__(self, writer: SnapshotWriter, ledger: Ledger, progress: Progress) -> None:
        self._writer = writer
        self._ledger = ledger
        self._progress = progress
        self._names: list[str] = []

    def rows(self, source: Source, mapper: Mapper) -> None:
        ledger = self._ledger
        before = ledger.read
        total = None if source.total is None else before + source.total
        for number, row in source.rows:
            ledger.read += 1
            if ledger.read % _EVERY == 0:
                self._progress("read", ledger.read, total)
            if isinstance(row, BadRow):
                ledger.reject(source.name, number, "", *row)
                continue
            mapped = mapper.map(row)
            if isinstance(mapped, Dropped):
                ledger.dropped[mapped.reason] += 1
            elif isinstance(mapped, BadRow):
                ledger.reject(source.name, number, mapper.sku_of(row), *mapped)
            else:
                self._keep(source.name, number, *mapped)
        self._names.append(source.name)
        ledger.changed.update(source.changed)
        self._progress("read", ledger.read, total)

    def _keep(self, name: str, number: int, product: Product, offer: Offer) -> None:
        replaced = self._writer.add(product, offer, len(self._names) << _FILE_SHIFT | number)
        if replaced is not None:
            file, row = divmod(replaced, 1 << _FILE_SHIFT)
            where = self._names[file] if file < len(self._names) else name
            self._ledger.duplicate(where, row, product.sku, f"replaced by row {number} of {name}")
