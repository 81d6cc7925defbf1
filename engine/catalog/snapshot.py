"""The catalog as it was when it was read: opened in no time, decoded one product at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.engine.catalog import layout
from goeswith.engine.catalog.strings import Texts, load
from goeswith.engine.errors import HomeDamagedError, HomeMissingError, HomeSchemaError
from goeswith.engine.model import Attributes, Offer, Product, TypePath

_INDEX_AGAIN = "Run `goeswith index` again."


class Snapshot:
    """An immutable catalog. Rows are numbered 0.. in the order of their skus.

    Files are memory-mapped, so pages are shared between processes, and the folder may be replaced
    or removed while it is open. Safe to share between threads.

    Attributes:
        generation: The number given to this reading of the catalog.
        digest: Stands for all skus and fingerprints; equal for equal catalogs.
        feed: The field map it was read by.
        types: Product type paths by type id, sorted. Products without a type have the path ().
        type_of: Type id by row, int32.
        brands: Brand names by brand id, sorted.
        brand_of: Brand id by row, int32, -1 none.
        price: By row, float64, nan where none is known.
        available: By row, int8: 1, 0, or -1 unknown.
        fingerprints: (rows, 16) uint8.
    """

    def __init__(self, folder: Path, manifest: layout.Manifest) -> None:
        """Map the files of a folder whose manifest was read. Use `Snapshot.open`."""
        self.folder = folder
        self.generation = manifest.generation
        self.digest = manifest.digest
        self.feed = manifest.feed
        self._manifest = manifest
        tables = msgspec.json.decode((folder / layout.TABLES).read_bytes(), type=layout.Tables)
        self.types: Sequence[TypePath] = tables.types
        self.brands: Sequence[str] = tables.brands
        self._currencies = tables.currencies
        self._skus = Texts(folder / "sku")
        self._titles = Texts(folder / "title")
        self._attributes = Texts(folder / "attributes")
        self._groups = Texts(folder / "group_names")
        arrays = {name: load(folder / f"{name}.npy") for name in layout.ARRAYS}
        self.type_of: npt.NDArray[np.int32] = arrays["type_of"].view(np.int32)
        self.brand_of: npt.NDArray[np.int32] = arrays["brand_of"].view(np.int32)
        self.price: npt.NDArray[np.float64] = arrays["price"].view(np.float64)
        self.available: npt.NDArray[np.int8] = arrays["available"].view(np.int8)
        self.fingerprints: npt.NDArray[np.uint8] = arrays["fingerprints"].view(np.uint8)
        self._type_rows: npt.NDArray[np.int32] = arrays["type_rows"].view(np.int32)
        self._type_starts = arrays["type_starts"].data
        self._bucket_starts = arrays["bucket_starts"].data
        self._bucket_rows = arrays["bucket_rows"].data
        self._mask = len(self._bucket_starts) - 2
        self._type_at = self.type_of.data
        self._brand_at = self.brand_of.data
        self._group_at = arrays["group_of"].data
        self._currency_at = arrays["currency_of"].data
        self._decode = msgspec.json.Decoder(Attributes).decode

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Open a snapshot folder. File sizes are checked, contents are not (see `verify`).

        Raises:
            HomeMissingError: There is no snapshot in the folder.
            HomeSchemaError: It was written by another version.
            HomeDamagedError: It is incomplete or does not match its manifest.
        """
        try:
            raw = (folder / layout.MANIFEST).read_bytes()
        except FileNotFoundError as error:
            raise HomeMissingError(f"There is no catalog in {folder}. {_INDEX_AGAIN}") from error
        except OSError as error:
            raise HomeDamagedError(f"Cannot read {folder}: {error.strerror}.") from error
        manifest = _read_manifest(folder, raw)
        try:
            for name in layout.FILES:
                if (folder / name).stat().st_size != manifest.files[name].size:
                    raise HomeDamagedError(f"{folder / name} has a wrong size. {_INDEX_AGAIN}")
            return cls(folder, manifest)
        except (OSError, KeyError, ValueError, TypeError, EOFError) as error:
            raise HomeDamagedError(
                f"The catalog in {folder} is damaged: {error}. {_INDEX_AGAIN}"
            ) from error

    def verify(self) -> None:
        """Read every file and compare it with its checksum.

        Raises:
            HomeDamagedError: A file is not what was written.
        """
        for name, mark in self._manifest.files.items():
            if layout.mark_of(self.folder / name) != mark:
                raise HomeDamagedError(f"{self.folder / name} is damaged. {_INDEX_AGAIN}")

    def __len__(self) -> int:
        """Return how many products there are."""
        return len(self._skus)

    def row(self, sku: str) -> int | None:
        """Return the row of a sku, None where there is no such product."""
        try:
            wanted = sku.encode()
        except UnicodeEncodeError:
            return None
        bucket = zlib.crc32(wanted) & self._mask
        starts, rows = self._bucket_starts, self._bucket_rows
        for at in range(starts[bucket], starts[bucket + 1]):
            row = rows[at]
            if self._skus.raw(row) == wanted:
                return int(row)
        return None

    def sku(self, row: int) -> str:
        """Return the sku of a row. Raises IndexError where there is no such row."""
        return self._skus[row]

    def title(self, row: int) -> str:
        """Return the title of a row."""
        return self._titles[row]

    def product(self, row: int) -> Product:
        """Decode one product. Raises IndexError where there is no such row."""
        attributes = self._attributes.raw(row)
        brand, group = self._brand_at[row], self._group_at[row]
        return Product(
            sku=self._skus[row],
            title=self._titles[row],
            brand=self.brands[brand] if brand >= 0 else "",
            product_type=self.types[self._type_at[row]],
            attributes=self._decode(attributes) if attributes else {},
            item_group=self._groups[group] if group >= 0 else "",
        )

    def offer(self, row: int) -> Offer:
        """Return price, currency and availability of a row, as of this snapshot."""
        self._check(row)
        price, available, currency = self.price[row], self.available[row], self._currency_at[row]
        return Offer(
            price=None if np.isnan(price) else float(price),
            currency=self._currencies[currency] if currency >= 0 else "",
            available=None if available < 0 else bool(available),
        )

    def text(self, row: int) -> str:
        """Return what is searched: title, brand and type path."""
        self._check(row)
        return self._text(self._titles[row], self._brand_at[row], self._type_at[row])

    def skus(self) -> Iterator[str]:
        """Yield all skus in row order."""
        return iter(self._skus)

    def titles(self) -> Iterator[str]:
        """Yield all titles in row order."""
        return iter(self._titles)

    def texts(self) -> Iterator[str]:
        """Yield `text(row)` of all rows in order."""
        return map(self._text, self._titles, self.brand_of.tolist(), self.type_of.tolist())

    def rows_of_type(self, type_id: int) -> npt.NDArray[np.int32]:
        """Return the rows of a type, ascending. Raises IndexError for an unknown id."""
        if not 0 <= type_id < len(self.types):
            raise IndexError(f"type {type_id} of {len(self.types)}")
        return self._type_rows[self._type_starts[type_id] : self._type_starts[type_id + 1]]

    def fingerprint(self, row: int) -> bytes:
        """Return the 16 bytes that change when a relation-bearing field of the product does."""
        self._check(row)
        return bytes(self.fingerprints[row].data)

    def _text(self, title: str, brand: int, type_id: int) -> str:
        parts = [title, self.brands[brand] if brand >= 0 else "", *self.types[type_id]]
        return " ".join(part for part in parts if part)

    def _check(self, row: int) -> None:
        if not 0 <= row < len(self._skus):
            raise IndexError(f"row {row} of {len(self._skus)}")


def _read_manifest(folder: Path, raw: bytes) -> layout.Manifest:
    try:
        schema = msgspec.json.decode(raw, type=dict[str, object]).get("schema")
        if schema == layout.SCHEMA:
            return msgspec.json.decode(raw, type=layout.Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HomeDamagedError(
            f"The manifest in {folder} is damaged: {error}. {_INDEX_AGAIN}"
        ) from error
    raise HomeSchemaError(
        f"The catalog in {folder} has schema {schema}, this version reads {layout.SCHEMA}. "
        f"{_INDEX_AGAIN}"
    )
