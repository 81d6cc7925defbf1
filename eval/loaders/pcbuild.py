"""PC parts and what people built from them, with the rules by which parts clash.

The rules here are read from the raw columns and share nothing with the engine's own, so that they
can judge it. An attribute that is missing decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import msgspec

from goeswith.eval.loaders.rows import read_json, read_rows

PARTS = (
    "case",
    "cpu",
    "cpu_cooler",
    "fan",
    "gpu",
    "hard_drive",
    "memory",
    "monitor",
    "motherboard",
    "psu",
    "ups",
)
FILES = (*(f"{name}.csv.gz" for name in PARTS), "builds.json.gz")
ORIGIN = "It was gathered from pcpartpicker.com (parts by category, and user builds)."

TAKES = {"FM2+": frozenset({"FM2"}), "AM3+": frozenset({"AM3"})}
"""Older processors that a board's socket takes as well."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GENERATION = re.compile(r"DDR\d?")


class Build(msgspec.Struct, frozen=True):
    """A build with the day on which it was shown, and the SKUs of its parts in the catalog."""

    id: str
    day: date
    parts: tuple[str, ...]


class Part(msgspec.Struct, frozen=True):
    """What decides whether a part fits. Empty and 0 stand for unknown."""

    kind: str
    sockets: frozenset[str] = frozenset()
    memory: str = ""
    pins: str = ""
    boards: frozenset[str] = frozenset()
    draws_w: float = 0.0
    gives_w: float = 0.0


class _Item(msgspec.Struct):
    slug: str


class _Build(msgspec.Struct):
    id: str
    published: str
    items: list[_Item]


def load_parts(folder: Path) -> dict[str, Part]:
    """Return every part by SKU.

    Raises:
        EvalError: a file is absent or lacks a column.
    """
    return {
        row["Link"].rpartition("/")[2]: part_of(row)
        for name in PARTS
        for row in read_rows(folder / f"{name}.csv.gz", ("Link", "Kind", "Name"))
        if row["Link"]
    }


def load_builds(folder: Path, parts: Mapping[str, Part]) -> list[Build]:
    """Return the builds that carry a day, the first shown first, each part once.

    Raises:
        EvalError: the file is absent or is not in the expected format.
    """
    found = []
    for build in read_json(folder / "builds.json.gz", list[_Build]):
        day = day_of(build.published)
        known = tuple(dict.fromkeys(i.slug for i in build.items if i.slug in parts))
        if day is not None and known:
            found.append(Build(build.id, day, known))
    return sorted(found, key=lambda build: (build.day, build.id))


def part_of(row: Mapping[str, str]) -> Part:
    """Read what decides about a part from a row of its file."""
    kind = row["Kind"]
    if kind == "CPU":
        return Part(kind, sockets=_split(row["Socket"], "/"), draws_w=_number(row["TDP"]))
    if kind == "Motherboard":
        return Part(
            kind,
            sockets=_sockets(row["CPU Socket"]),
            memory=_generation(row["Memory Type"]),
            pins=_pins(row["Memory Slots"]),
            boards=_split(row["Form Factor"], ","),
        )
    if kind == "Memory":
        return Part(kind, memory=row["ddr_type"], pins=_pins(row["Type"]))
    if kind == "Case":
        return Part(kind, boards=_split(row["Motherboard Compatibility"], ","))
    if kind == "CPU Cooler":
        return Part(kind, sockets=_split(row["Supported Sockets"], ","))
    if kind == "Power Supply":
        return Part(kind, gives_w=_number(row["Wattage"]))
    if kind == "Video Card":
        return Part(kind, draws_w=_number(row["TDP"]))
    return Part(kind)


def clash(one: Part, other: Part) -> bool | None:
    """Tell whether two parts cannot be used together; None when nothing decides.

    Socket of processor, board and cooler; generation and pins of memory; form factor of board and
    case. The length of graphics cards is not among them: a tenth of the real builds breaks it,
    because drive cages can be taken out.
    """
    rules = {
        ("CPU", "Motherboard"): _disjoint(one.sockets, other.sockets),
        ("CPU", "CPU Cooler"): _disjoint(one.sockets, other.sockets),
        ("CPU Cooler", "Motherboard"): _disjoint(one.sockets, other.sockets),
        ("Case", "Motherboard"): _disjoint(one.boards, other.boards),
        ("Memory", "Motherboard"): _any(
            _differ(one.memory, other.memory), _differ(one.pins, other.pins)
        ),
    }
    if (one.kind, other.kind) in rules:
        return rules[one.kind, other.kind]
    return clash(other, one) if (other.kind, one.kind) in rules else None


def unfit(part: Part, given: Iterable[Part]) -> bool | None:
    """Tell whether a part cannot join those that are given; None when nothing decides.

    Beside the rules for two parts: processors and graphics cards together must not draw more than
    a power supply gives.
    """
    others = list(given)
    return _any(*(clash(part, other) for other in others), _overdrawn(part, others))


def day_of(text: str) -> date | None:
    """Read a day such as "Sept. 22, 2015"."""
    found = re.fullmatch(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}), (\d{4})", text.strip())
    if found is None or found[1].casefold() not in _MONTHS:
        return None
    return date(int(found[3]), _MONTHS.index(found[1].casefold()) + 1, int(found[2]))


def _overdrawn(part: Part, given: list[Part]) -> bool | None:
    supplies = [p.gives_w for p in (part, *given) if p.gives_w]
    draws = [p.draws_w for p in (part, *given) if p.draws_w]
    concerned = part.gives_w or part.draws_w
    return sum(draws) > max(supplies) if concerned and supplies and draws else None


def _any(*verdicts: bool | None) -> bool | None:
    known = [verdict for verdict in verdicts if verdict is not None]
    return any(known) if known else None


def _disjoint(one: frozenset[str], other: frozenset[str]) -> bool | None:
    return one.isdisjoint(other) if one and other else None


def _differ(one: str, other: str) -> bool | None:
    return one != other if one and other else None


def _split(text: str, mark: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(mark)) - {""}


def _sockets(text: str) -> frozenset[str]:
    own = _split(text, "/")
    return own.union(*(TAKES.get(socket, frozenset()) for socket in own))


def _number(text: str) -> float:
    found = _NUMBER.search(text)
    return float(found[0]) if found else 0.0


def _generation(text: str) -> str:
    found = _GENERATION.match(text)
    return found[0] if found else ""


def _pins(text: str) -> str:
    found = re.search(r"(\d+)-pin", text)
    return found[1] if found else ""
