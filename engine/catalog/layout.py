"""The files of a snapshot folder and its manifest.

    manifest.json      schema, generation, digest, feed, rows, size and BLAKE2b of every file
    sku, title, attributes, group_names   .bin + .npy   texts by row (group_names: by group)
    type_of, brand_of, group_of, currency_of   int32 by row, -1 none (type_of never)
    price float64 (nan none), available int8 (-1 unknown), fingerprints uint8 (rows, 16)
    type_starts, type_rows      the rows of each type, one after another
    bucket_starts, bucket_rows  the rows of each hash bucket of the sku
    tables.json        types, brands, currencies

Rows stand in the order of the UTF-8 bytes of their skus.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import msgspec

SCHEMA = 1
MANIFEST = "manifest.json"
TABLES = "tables.json"
TEXTS = ("sku", "title", "attributes", "group_names")
ARRAYS = (
    "type_of",
    "brand_of",
    "group_of",
    "currency_of",
    "price",
    "available",
    "fingerprints",
    "type_starts",
    "type_rows",
    "bucket_starts",
    "bucket_rows",
)
FILES = (
    TABLES,
    *(f"{name}.{suffix}" for name in TEXTS for suffix in ("bin", "npy")),
    *(f"{name}.npy" for name in ARRAYS),
)


class FileMark(msgspec.Struct, frozen=True):
    """Size in bytes and BLAKE2b-128 of a file."""

    size: int
    blake2b: str


class Manifest(msgspec.Struct, frozen=True):
    """What a snapshot folder says of itself."""

    schema: int
    generation: int
    digest: str
    feed: str
    rows: int
    files: dict[str, FileMark]


class Tables(msgspec.Struct, frozen=True):
    """Names by id."""

    types: list[tuple[str, ...]]
    brands: list[str]
    currencies: list[str]


def mark_of(path: Path) -> FileMark:
    """Return the mark of a file as it is on disk."""
    hasher = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return FileMark(size=path.stat().st_size, blake2b=hasher.hexdigest())
