"""Keys: one short hexadecimal string for everything an entry depends on.

The hashed form is unambiguous: every value is written as a type letter, its length and its bytes,
so no two different inputs share a form. The form is stable; a golden test pins it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence

import xxhash

KEY_BYTES = 20
"""Digest size. 160 bits: no collision is to be expected in any store that fits on earth."""

Plain = str | int | float | bool | bytes | None | Sequence["Plain"] | Mapping[str, "Plain"]
"""What may be part of a key. Mappings are taken in the order of their names."""

_number = xxhash.xxh3_64_intdigest
_ANSWER = "goeswith/answer/1"


def answer_key(
    canonical: str, constraints: Plain, locale: str, versions: Mapping[str, str | int]
) -> str:
    """Return the key of an answer, 40 hexadecimal characters.

    Args:
        canonical: The question in its canonical form.
        constraints: What products must satisfy: encoded bytes, or plain data.
        locale: Language and region, for example "en-US".
        versions: What the answer depends on besides the question, name to version.
    """
    return key_of(_ANSWER, canonical, constraints, locale, versions)


def key_of(domain: str, *parts: Plain) -> str:
    """Return a key for `parts`. Different domains never share a key.

    Raises:
        TypeError: A part is not plain data.
    """
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    digest.update(_encode((domain, *parts)))
    return digest.hexdigest()


def key_number(key: str) -> int:
    """Return a 64-bit number made from a key: quick, well spread and the same in every process."""
    return _number(key.encode())


def _encode(value: Plain) -> bytes:
    match value:
        case None:
            return _item(b"n", b"")
        case bool():
            return _item(b"b", b"1" if value else b"0")
        case int():
            return _item(b"i", str(value).encode())
        case float():
            return _item(b"f", struct.pack(">d", value))
        case str():
            return _item(b"s", value.encode("utf-8", "surrogatepass"))
        case bytes():
            return _item(b"x", value)
        case Mapping():
            pairs = (_encode(name) + _encode(value[name]) for name in sorted(value))
            return _item(b"m", b"".join(pairs))
        case Sequence():
            return _item(b"l", b"".join(map(_encode, value)))
    raise TypeError(f"A key takes plain data, not {type(value).__name__}.")


def _item(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(8, "big") + body
