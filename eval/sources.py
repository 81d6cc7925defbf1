"""Digests of the code that decides a result, so that nothing stale is taken for new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable


@lru_cache(maxsize=32)
def digest_of_sources(*parts: str) -> str:
    """Return a digest of files and folders of the package, such as "engine/pack".

    Raises:
        FileNotFoundError: there is no such part.
    """
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        room, *below = part.split("/")
        node: Traversable = resources.files(f"goeswith.{room}")
        for name in below:
            node = node / name
        _walk(node, found.update)
    return found.hexdigest()


def _walk(node: Traversable, update: Callable[[bytes], None]) -> None:
    if not node.is_dir():
        update(node.name.encode())
        update(node.read_bytes())
        return
    for child in sorted(node.iterdir(), key=lambda child: child.name):
        if child.name != "__pycache__":
            _walk(child, update)
