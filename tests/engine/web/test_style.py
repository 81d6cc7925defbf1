"""Colours can be read and lines told apart, in both themes and without colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from goeswith.engine.model import Relation
from goeswith.engine.web.assets import POLICY, load_assets

THEMES = ("light", "dark")


def colours(theme: str) -> dict[str, str]:
    css = load_assets()["base.css"].body.decode()
    start = ":root {" if theme == "light" else ':root[data-theme="dark"] {'
    block = css[css.index(start) :].partition("}")[0]
    found = re.findall(r"--([a-z_-]+):\s*(#[0-9a-f]{6})", block)
    assert len(found) > 20
    return dict(found)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The ratio of WCAG 2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "sheet", "faint", "accent-faint"])
def test_text_can_be_read(theme: str, ground: str) -> None:
    found = colours(theme)
    for ink in ("ink", "soft", "accent"):
        assert contrast(found[ink], found[ground]) >= 4.5, ink
    assert contrast(found["accent-ink"], found["accent"]) >= 4.5
    assert contrast(found["bad"], found["bad-faint"]) >= 4.5
    assert contrast(found["warn"], found["warn-faint"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("relation", Relation)
def test_lines_stand_out(theme: str, relation: Relation) -> None:
    found = colours(theme)
    assert contrast(found[relation], found["sheet"]) >= 3


def test_the_system_and_the_button_give_the_same_dark() -> None:
    css = load_assets()["base.css"].body.decode()
    system = css[css.index(':root:not([data-theme="light"])') :].partition("}")[0]
    assert dict(re.findall(r"--([a-z_-]+):\s*(#[0-9a-f]{6})", system)) == colours("dark")


def test_relations_differ_without_colour() -> None:
    css = load_assets()["page.css"].body.decode()
    dashes = {}
    for relation in Relation:
        rule = re.search(rf"^\.r-{relation} {{(.*)}}$", css, re.MULTILINE)
        assert rule is not None, relation
        dash = re.search(r"--d: ([^;]+);", rule.group(1))
        dashes[relation] = dash.group(1) if dash else "none"
    assert len(set(dashes.values())) == len(Relation), dashes


def test_every_relation_check_and_reason_has_words(root: Path) -> None:
    words = load_assets()["words.js"].body.decode()
    told = set(re.findall(r"^  (\w+):", words, re.MULTILINE))
    assert set(Relation) <= told
    gate = root / "engine" / "gate"
    reasons = {
        reason
        for path in gate.glob("*.py")
        for reason in re.findall(r'Objection\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert len(reasons) > 10
    assert reasons <= told


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    for name, asset in load_assets().items():
        text = asset.body.decode()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text), (
            name
        )
        elsewhere = set(re.findall(r"https?://[^\s\"'`)]+", text))
        assert elsewhere <= {"http://www.w3.org/2000/svg"}, name
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=", text), name
