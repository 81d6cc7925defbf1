"""Which question first: how often it was asked times what a hit saves.

What a hit saves is the mean cost of building that kind of question, measured by earlier warm-ups
of this home: LM calls where any were made, seconds otherwise, the mean of all kinds for a kind
not measured yet. Ties, and everything before the first measurement, go by count, then by key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec

from goeswith.cache.warmup.counting import Wanted
from goeswith.cache.warmup.work import Built

FORGETS_AT = 10_000
"""Builds of a kind after which older measurements count half."""

_LOG = logging.getLogger("goeswith.cache")


class Mean(msgspec.Struct):
    """Builds of one kind and what they took in all."""

    builds: int = 0
    seconds: float = 0.0
    lm_calls: float = 0.0


class Saving(msgspec.Struct, frozen=True):
    """What one hit is expected to save."""

    lm_calls: float
    seconds: float


class Savings(msgspec.Struct, frozen=True):
    """Expected savings by kind, and for kinds not measured."""

    kinds: dict[str, Saving] = {}
    rest: Saving = Saving(0.0, 1.0)

    def of(self, kind: str) -> Saving:
        """Return what a hit on this kind saves."""
        return self.kinds.get(kind, self.rest)


class Means(msgspec.Struct):
    """The measurements of a home."""

    schema: int = 1
    kinds: dict[str, Mean] = {}

    @classmethod
    def load(cls, path: Path) -> Means:
        """Read the measurements; none where the file is missing or cannot be read."""
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (msgspec.DecodeError, OSError) as error:
            _LOG.warning("Build times measured before cannot be read: %s", error)
            return cls()
        return found if found.schema == 1 else cls()

    def add(self, kind: str, built: Built) -> None:
        """Count one build."""
        mean = self.kinds.setdefault(kind, Mean())
        if mean.builds >= FORGETS_AT:
            mean.builds //= 2
            mean.seconds /= 2.0
            mean.lm_calls /= 2.0
        mean.builds += 1
        mean.seconds += built.seconds
        mean.lm_calls += built.spend.lm_calls

    def save(self, path: Path) -> None:
        """Write the measurements, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self, order="deterministic"))
        fresh.replace(path)

    def savings(self) -> Savings:
        """Return the expected savings."""
        measured = {kind: mean for kind, mean in self.kinds.items() if mean.builds > 0}
        if not measured:
            return Savings()
        kinds = {
            kind: Saving(mean.lm_calls / mean.builds, mean.seconds / mean.builds)
            for kind, mean in sorted(measured.items())
        }
        builds = sum(mean.builds for mean in measured.values())
        rest = Saving(
            sum(mean.lm_calls for mean in measured.values()) / builds,
            sum(mean.seconds for mean in measured.values()) / builds,
        )
        return Savings(kinds, rest)


def ranked(wanted: Iterable[Wanted], savings: Savings) -> list[Wanted]:
    """Return the questions, the most worthwhile first."""

    def worth(item: Wanted) -> tuple[float, float, int, str]:
        saving = savings.of(item.kind)
        asks = item.count + item.elsewhere
        return (-asks * saving.lm_calls, -asks * saving.seconds, -asks, item.key)

    return sorted(wanted, key=worth)
