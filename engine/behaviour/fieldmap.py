"""Field maps: which columns of a behaviour file hold the basket, the SKU and the time.

A map is TOML data. Three are shipped: `plain`, `ga4` and `completejourney`.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from goeswith.engine.errors import BehaviourError

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = Literal["basket", "view"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows are of a kind and which columns name their basket or session.

    `when` maps a column to its accepted values, compared in lower case; "" accepts a missing value.
    """

    kind: Kind
    key: tuple[str, ...]
    when: dict[str, tuple[str, ...]] = {}


class FieldMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read one format. Values are field paths; the first rule that matches a row wins.

    `requires` are the columns that tell the format from others. Rows with a quantity of zero or
    less are returns and are left out.
    """

    name: str
    sku: str
    rules: tuple[Rule, ...]
    requires: tuple[str, ...] = ()
    time: str = ""
    quantity: str = ""

    def paths(self) -> list[str]:
        """Return every path the map reads, in a fixed order."""
        found = [self.sku, self.time, self.quantity]
        for rule in self.rules:
            found += [*rule.key, *rule.when]
        return [path for path in dict.fromkeys(found) if path]


def shipped() -> list[FieldMap]:
    """Return the shipped maps, the most specific first."""
    folder = resources.files(__package__) / "maps"
    maps = [
        _decode((folder / entry.name).read_bytes(), entry.name)
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return sorted(maps, key=lambda m: (-len(m.requires), m.name))


def load(chosen: str | Path) -> FieldMap:
    """Return a shipped map by name, or read one from a TOML file.

    Raises:
        BehaviourError: if there is no such map or file, or it cannot be read.
    """
    maps = {m.name: m for m in shipped()}
    if str(chosen) in maps:
        return maps[str(chosen)]
    path = Path(chosen)
    if not path.is_file():
        raise BehaviourError(
            f"There is no field map {str(chosen)!r}. Name one of {', '.join(sorted(maps))}, "
            "or give the path of a TOML file."
        )
    try:
        return _decode(path.read_bytes(), str(path))
    except OSError as error:
        raise BehaviourError(f"The field map {path} cannot be read: {error}.") from error


def detect(columns: Collection[str], file: Path) -> FieldMap:
    """Return the first shipped map whose required columns are all there.

    Raises:
        BehaviourError: if no map fits.
    """
    maps = shipped()
    for candidate in maps:
        if set(candidate.requires) <= set(columns):
            return candidate
    seen = ", ".join(sorted(columns)[:12]) or "none"
    wanted = "; ".join(f"{m.name}: {', '.join(m.requires)}" for m in maps)
    raise BehaviourError(
        f"No field map fits {file}. Its columns are: {seen}. The shipped maps need {wanted}. "
        "Rename the columns or write a field map as a TOML file."
    )


def _decode(raw: bytes, name: str) -> FieldMap:
    try:
        found = msgspec.toml.decode(raw, type=FieldMap)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BehaviourError(
            f"The field map {name} is not valid: {error}. It needs name, sku and at least one "
            "[[rules]] with kind and key."
        ) from error
    if not found.rules or not all(rule.key for rule in found.rules):
        raise BehaviourError(
            f"The field map {name} has no [[rules]] with a key. Add one that names the basket "
            "column."
        )
    return found
