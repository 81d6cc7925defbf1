from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from goeswith.eval.loaders.pcbuild import Part, clash, day_of, load_builds, load_parts, unfit

CPU = Part("CPU", sockets=frozenset({"LGA1151"}), draws_w=65)
BOARD = Part(
    "Motherboard", frozenset({"LGA1151"}), memory="DDR4", pins="288", boards=frozenset({"ATX"})
)
CARD = Part("Video Card", draws_w=250)


def test_parts_clash_by_socket_memory_and_size() -> None:
    assert clash(CPU, BOARD) is False
    assert clash(BOARD, Part("CPU", sockets=frozenset({"AM4"}))) is True
    assert clash(Part("CPU"), BOARD) is None
    assert clash(Part("Memory", memory="DDR3", pins="288"), BOARD) is True
    assert clash(BOARD, Part("Memory", memory="DDR4", pins="260")) is True
    assert clash(BOARD, Part("Memory", memory="DDR4", pins="288")) is False
    assert clash(Part("Case", boards=frozenset({"Mini ITX"})), BOARD) is True
    assert clash(Part("CPU Cooler", sockets=frozenset({"LGA1151", "AM4"})), CPU) is False
    assert clash(CARD, BOARD) is None


def test_a_power_supply_must_carry_all_of_them() -> None:
    assert unfit(Part("Power Supply", gives_w=300), [CPU, CARD]) is True
    assert unfit(Part("Power Supply", gives_w=400), [CPU, CARD]) is False
    assert unfit(CARD, [CPU, Part("Power Supply", gives_w=300)]) is True
    assert unfit(Part("Monitor"), [CPU, Part("Power Supply", gives_w=10)]) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Sept. 22, 2015", date(2015, 9, 22)),
        ("May 9, 2016", date(2016, 5, 9)),
        ("", None),
        ("Foo 9, 2016", None),
    ],
)
def test_days_are_read(text: str, day: date | None) -> None:
    assert day_of(text) == day


def test_real_builds_hold_to_the_rules(shared_data: Path) -> None:
    folder = shared_data / "pcbuild"
    parts = load_parts(folder)
    verdicts = [
        clash(parts[one], parts[other])
        for build in load_builds(folder, parts)
        for one in build.parts
        for other in build.parts
        if one < other
    ]
    known = [verdict for verdict in verdicts if verdict is not None]
    assert len(known) > 500
    assert sum(known) < 0.01 * len(known)
