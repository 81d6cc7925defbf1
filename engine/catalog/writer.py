"""Products collected row by row and written as a snapshot folder."""

from __future__ import annotations

import os
import zlib
from array import array
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.engine.catalog import layout
from goeswith.engine.catalog.fingerprint import SIZE, fingerprint
from goeswith.engine.catalog.strings import TextsBuilder
from goeswith.engine.errors import HomeWriteError
from goeswith.engine.model import Offer, Product, TypePath

Name = TypeVar("Name", str, TypePath)


class SnapshotWriter:
    """Collects products; of several with one sku the last wins."""

    def __init__(self) -> None:
        """Start empty."""
        self._row_of: dict[str, int] = {}
        self._titles = TextsBuilder()
        self._attributes = TextsBuilder()
        self._types: _Names[TypePath] = _Names()
        self._brands: _Names[str] = _Names()
        self._groups: _Names[str] = _Names()
        self._currencies: _Names[str] = _Names()
        self._price = array("d")
        self._available = array("b")
        self._fingerprints = bytearray()
        self._origin = array("q")
        self._encode = msgspec.json.Encoder().encode

    def add(self, product: Product, offer: Offer, origin: int) -> int | None:
        """Add a product; return the origin of the one it replaces, if any."""
        replaced = self._row_of.get(product.sku)
        self._row_of[product.sku] = len(self._origin)
        self._origin.append(origin)
        self._titles.append(product.title.encode())
        attributes = product.attributes
        self._attributes.append(self._encode(attributes) if attributes else b"")
        self._types.append(product.product_type)
        self._brands.append(product.brand or None)
        self._groups.append(product.item_group or None)
        self._currencies.append(offer.currency or None)
        self._price.append(float("nan") if offer.price is None else offer.price)
        self._available.append(-1 if offer.available is None else int(offer.available))
        self._fingerprints += fingerprint(product)
        return None if replaced is None else self._origin[replaced]

    def __len__(self) -> int:
        """Return how many products there are."""
        return len(self._row_of)

    def write(self, folder: Path, *, generation: int, feed: str) -> layout.Tables:
        """Write the snapshot into an existing folder, the manifest last, all synced to disk.

        Raises:
            HomeWriteError: The folder cannot be written.
        """
        try:
            return self._write(folder, generation, feed)
        except OSError as error:
            raise HomeWriteError(
                f"Cannot write the catalog to {folder}: {error.strerror}."
            ) from error

    def _write(self, folder: Path, generation: int, feed: str) -> layout.Tables:
        skus = sorted(self._row_of)
        order = [self._row_of[sku] for sku in skus]
        taken = np.array(order, dtype=np.int64)
        texts = TextsBuilder()
        for sku in skus:
            texts.append(sku.encode())
        texts.write(folder / "sku", range(len(skus)))
        self._titles.write(folder / "title", order)
        self._attributes.write(folder / "attributes", order)
        types, type_of = self._types.sorted(taken)
        brands, brand_of = self._brands.sorted(taken)
        groups, group_of = self._groups.sorted(taken)
        currencies, currency_of = self._currencies.sorted(taken)
        names = TextsBuilder()
        for group in groups:
            names.append(group.encode())
        names.write(folder / "group_names", range(len(groups)))
        marks = np.frombuffer(self._fingerprints, dtype=np.uint8).reshape(-1, SIZE)[taken]
        type_starts, type_rows = _grouped(type_of, len(types))
        bucket_starts, bucket_rows = bucketed(skus)
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "type_of": type_of,
            "brand_of": brand_of,
            "group_of": group_of,
            "currency_of": currency_of,
            "price": np.frombuffer(self._price, dtype=np.float64)[taken],
            "available": np.frombuffer(self._available, dtype=np.int8)[taken],
            "fingerprints": marks,
            "type_starts": type_starts,
            "type_rows": type_rows,
            "bucket_starts": bucket_starts,
            "bucket_rows": bucket_rows,
        }
        for name in layout.ARRAYS:
            np.save(folder / f"{name}.npy", arrays[name])
        tables = layout.Tables(types=types, brands=brands, currencies=currencies)
        (folder / layout.TABLES).write_bytes(msgspec.json.encode(tables))
        manifest = layout.Manifest(
            schema=layout.SCHEMA,
            generation=generation,
            digest=_digest(skus, marks),
            feed=feed,
            rows=len(skus),
            files={name: layout.mark_of(folder / name) for name in layout.FILES},
        )
        (folder / layout.MANIFEST).write_bytes(msgspec.json.encode(manifest))
        for name in (*layout.FILES, layout.MANIFEST):
            _sync(folder / name)
        _sync(folder)
        return tables


def bucket_count(rows: int) -> int:
    """Return the number of hash buckets for so many rows, a power of two."""
    return 1 << max(rows - 1, 0).bit_length()


def bucketed(skus: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return starts and rows of the buckets; a sku falls into CRC-32 modulo their count."""
    hashes = np.fromiter((zlib.crc32(sku.encode()) for sku in skus), np.int64, len(skus))
    count = bucket_count(len(skus))
    return _grouped(hashes & (count - 1), count)


def _grouped(
    ids: npt.NDArray[np.int64] | npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    starts = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(ids, minlength=count), out=starts[1:])
    return starts, np.argsort(ids, kind="stable").astype(np.int32)


def _digest(skus: Sequence[str], marks: npt.NDArray[np.uint8]) -> str:
    hasher = blake2b(f"goeswith catalog {layout.SCHEMA}".encode(), digest_size=16)
    for sku, mark in zip(skus, marks, strict=True):
        hasher.update(sku.encode() + b"\0" + mark.tobytes())
    return hasher.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Names(Generic[Name]):
    """Names by id in the order of arrival; None is -1."""

    def __init__(self) -> None:
        self._id_of: dict[Name, int] = {}
        self._ids = array("i")

    def append(self, name: Name | None) -> None:
        known = self._id_of
        self._ids.append(-1 if name is None else known.setdefault(name, len(known)))

    def sorted(self, taken: npt.NDArray[np.int64]) -> tuple[list[Name], npt.NDArray[np.int32]]:
        """Return the names that the rows at `taken` use, sorted, and the id of each row."""
        ids = np.frombuffer(self._ids, dtype=np.int32)[taken]
        used = set(np.unique(ids).tolist()) - {-1}
        names: list[Name] = sorted(name for name, at in self._id_of.items() if at in used)
        new = np.full(len(self._id_of) + 1, -1, dtype=np.int32)
        for at, name in enumerate(names):
            new[self._id_of[name]] = at
        return names, new[ids]
