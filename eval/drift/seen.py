"""What an answer shows, and whether the catalog still has it so."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Shown = Mapping[str, str]
"""SKU to the title that an answer shows."""


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with one answer: it names a removed product, or shows one as it was."""

    removed: bool
    changed: bool

    @property
    def either(self) -> bool:
        """The answer must not be served."""
        return self.removed or self.changed


def wrong(shown: Shown, now: Shown) -> Wrong:
    """Hold what an answer shows against the titles of the catalog as it is now."""
    return Wrong(
        removed=any(sku not in now for sku in shown),
        changed=any(sku in now and now[sku] != title for sku, title in shown.items()),
    )
