from __future__ import annotations

from pathlib import Path

from goeswith.eval.loaders.bundles import load_bundles, path_of


def test_commas_inside_a_level_stay_there() -> None:
    text = "[[Food,Beverages],[Food,Beverages,Coffee, Tea & Cocoa,Coffee]]"
    assert path_of(text) == ("Food", "Beverages", "Coffee, Tea & Cocoa", "Coffee")
    assert path_of("[[]]") == ()


def test_real_bundles_lie_inside_their_sessions(shared_data: Path) -> None:
    data = load_bundles(shared_data / "bundles" / "food")
    assert len(data.bundles) > 1_000
    assert all(set(b.items) <= set(data.sessions[b.session]) for b in data.bundles)
