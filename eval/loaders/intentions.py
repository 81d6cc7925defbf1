"""IntentionQA: why two products were bought together, as an LM said it and people scored it.

Each row of task1.jsonl.gz has a pair of products, an assertion that people found typical, and
distractors: assertions made for other pairs. So every row gives one that is true of its pair and
some that are not.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from goeswith.eval.loaders.rows import read_lines

FILE = "task1.jsonl.gz"
ORIGIN = "Get it from github.com/HKUST-KnowComp/IntentionQA."

_MARK = "because "


class Assertion(msgspec.Struct, frozen=True):
    """A reason for a pair. `typicality` is what people gave it, 0 for one made for other pairs."""

    pair: str
    one: str
    other: str
    reason: str
    true: bool
    typicality: float


class _Row(msgspec.Struct):
    item_a_id: str
    item_b_id: str
    item_a_name: str
    item_b_name: str
    gold_ind: str
    options: dict[str, str]
    typicality: float


def load_assertions(folder: Path) -> list[Assertion]:
    """Read every assertion, in the order of the file.

    Raises:
        EvalError: the file is absent or is not IntentionQA's task 1.
    """
    return [
        Assertion(
            pair=f"{row.item_a_id}/{row.item_b_id}",
            one=row.item_a_name,
            other=row.item_b_name,
            reason=reason_of(text),
            true=name == row.gold_ind,
            typicality=row.typicality if name == row.gold_ind else 0.0,
        )
        for row in read_lines(folder / FILE, _Row)
        for name, text in sorted(row.options.items())
    ]


def reason_of(text: str) -> str:
    """Return what follows "because"."""
    return text[text.find(_MARK) + len(_MARK) :] if _MARK in text else text
