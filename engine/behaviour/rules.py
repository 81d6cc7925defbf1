"""The numbers the miner goes by, and the window it looks at."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from goeswith.engine.errors import BehaviourError


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Policy of the miner. All of it goes into the digest of the result.

    cap: baskets with more distinct SKUs are dropped (bots, wholesale).
    floor: least support of a stored SKU pair and of a significant pair (privacy and noise).
    top: SKU neighbours kept per SKU, by z. Pairs with `exposure` or more expected are always kept.
    level: share of false discoveries allowed among significant pairs.
    supports_low: least lower limit of the corrected lift for the verdict "supports". With enough
        baskets even a lift of 1.02 is significant, but ubiquity is not a relation.
    exposure: least expected support for the verdict "contradicts".
    contradicts_high: the upper limit of the corrected lift must be below it for "contradicts".
    """

    cap: int = 500
    floor: int = 3
    top: int = 64
    level: float = 0.01
    supports_low: float = 1.5
    exposure: float = 10.0
    contradicts_high: float = 0.5


class Window(msgspec.Struct, frozen=True):
    """Which events count and how fast they fade.

    `since` is included, `until` is not; both are UTC where they name no zone. With
    `half_life_days` an old basket counts less for z and the lower limit; support, expected and
    lift stay raw, since they are told to people.
    """

    since: datetime | None = None
    until: datetime | None = None
    half_life_days: float | None = None

    def seconds(self) -> tuple[int | None, int | None]:
        """Return `since` and `until` as seconds since 1970 UTC.

        Raises:
            BehaviourError: if the window is empty or the half-life is not positive.
        """
        since, until = _epoch(self.since), _epoch(self.until)
        if since is not None and until is not None and since >= until:
            raise BehaviourError("The behaviour window is empty. Put since before until.")
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise BehaviourError("The half-life must be more than 0 days.")
        return since, until


def _epoch(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())
