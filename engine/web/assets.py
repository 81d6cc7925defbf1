"""The files of the page, read once, and the headers that a browser gets with them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import NamedTuple

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content policy of a page: files of this service only, and no inline code or style."""

_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file as it is served. `tag` is its ETag."""

    body: bytes
    kind: str
    tag: str


def load_assets() -> dict[str, Asset]:
    """Return every file of the page by name."""
    found = {}
    for entry in files(__package__).joinpath("assets").iterdir():
        ending = entry.name.rpartition(".")[2]
        if ending in _KINDS:
            body = entry.read_bytes()
            digest = hashlib.blake2b(body, digest_size=12).hexdigest()
            found[entry.name] = Asset(body, _KINDS[ending], f'"{digest}"')
    return found
