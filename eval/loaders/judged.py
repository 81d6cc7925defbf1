"""Questions with grades by people, as every judged data set comes down to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from goeswith.engine.model import Product
from goeswith.eval.errors import EvalError


class Judged(msgspec.Struct, frozen=True):
    """A question and the grade of each judged SKU: 0 is irrelevant, 3 the best."""

    id: str
    text: str
    grades: Mapping[str, int]


class JudgedSet(msgspec.Struct, frozen=True):
    """Products, and questions in a fixed order."""

    products: tuple[Product, ...]
    judged: tuple[Judged, ...]


def gathered(
    rows: Iterable[tuple[str, str, str, str]], table: Mapping[str, int], where: str
) -> tuple[Judged, ...]:
    """Return the questions of rows (question id, text, SKU, label), sorted by id.

    Of several grades of one SKU the highest counts.

    Args:
        rows: one a judgment.
        table: label in lower case to grade.
        where: the file, for messages.

    Raises:
        EvalError: a label is not in the table, or there is no row.
    """
    texts: dict[str, str] = {}
    grades: dict[str, dict[str, int]] = {}
    for number, text, sku, label in rows:
        grade = table.get(label.strip().casefold())
        if grade is None:
            raise EvalError(f"{where} has the label {label!r}. Known: {', '.join(table)}.")
        texts.setdefault(number, text.strip())
        own = grades.setdefault(number, {})
        own[sku] = max(grade, own.get(sku, 0))
    if not texts:
        raise EvalError(f"{where} holds no judgments.")
    return tuple(Judged(number, texts[number], grades[number]) for number in sorted(texts))
