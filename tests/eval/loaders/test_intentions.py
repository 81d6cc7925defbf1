from __future__ import annotations

import json
from pathlib import Path

from goeswith.eval.loaders.intentions import FILE, load_assertions

ROW = {
    "item_a_id": "A",
    "item_b_id": "B",
    "item_a_name": "USB cable",
    "item_b_name": "USB charger",
    "gold_ind": "B",
    "options": {"B": "because they both charge a phone.", "A": "because it is a wallet."},
    "typicality": 0.8,
}


def test_a_row_gives_one_true_assertion_and_its_distractors(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(ROW) + "\n")
    wrong, right = load_assertions(tmp_path)
    assert (wrong.reason, wrong.true, wrong.typicality) == ("it is a wallet.", False, 0.0)
    assert (right.reason, right.true, right.typicality) == ("they both charge a phone.", True, 0.8)
    assert right.pair == wrong.pair == "A/B"
