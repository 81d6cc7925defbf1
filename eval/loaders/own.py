"""Questions and judgments of the user's own shop.

Questions: a text file with one question a line, or a CSV with the column `question` and, where they
are known, `id`, `phrase`, `basket` (SKUs between spaces or "|") and `stratum`.
Judgments: a CSV with `id` or `question`, with `sku` or `product_type` ("A > B"), and with `grade`
(0 to 3; 1 where the column is absent).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec

from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.rows import read_bytes, read_rows
from goeswith.eval.model import ItemKind

BEST = 3


class OwnQuestion(msgspec.Struct, frozen=True):
    """A question as the shop wrote it down."""

    id: str
    text: str
    phrase: str
    basket: tuple[str, ...] = ()
    stratum: str = "all"


class OwnJudgments(msgspec.Struct, frozen=True):
    """Grades by question id, and whether they are of SKUs or of product types."""

    wants: ItemKind
    grades: dict[str, dict[str, int]]


def load_questions(path: Path) -> list[OwnQuestion]:
    """Read the questions.

    Raises:
        EvalError: the file cannot be read, holds no question, or gives an id twice.
    """
    head = read_bytes(path).decode("utf-8-sig", errors="replace").splitlines()[:1]
    if "question" in [name.strip().casefold() for name in (head or [""])[0].split(",")]:
        found = [
            OwnQuestion(
                id=row.get("id") or str(number),
                text=row["question"].strip(),
                phrase=(row.get("phrase") or row["question"]).strip(),
                basket=tuple((row.get("basket") or "").replace("|", " ").split()),
                stratum=row.get("stratum") or "all",
            )
            for number, row in enumerate(read_rows(path, ("question",)), start=1)
        ]
    else:
        lines = read_bytes(path).decode("utf-8-sig", errors="replace").splitlines()
        found = [
            OwnQuestion(str(number), text.strip(), text.strip())
            for number, text in enumerate(lines, start=1)
        ]
    found = [question for question in found if question.text]
    if not found:
        raise EvalError(f"{path} holds no question. Write one a line, or a column 'question'.")
    if len({question.id for question in found}) < len(found):
        raise EvalError(f"{path} gives an id to more than one question.")
    return found


def load_own_judgments(path: Path, questions: list[OwnQuestion]) -> OwnJudgments:
    """Read the judgments of the questions.

    Raises:
        EvalError: the file cannot be read, lacks a column, has a grade beyond 0 to 3, or speaks of
            no question.
    """
    by_text = {question.text: question.id for question in questions}
    ids = {question.id for question in questions}
    rows = list(read_rows(path, ()))
    columns = set(rows[0]) if rows else set()
    item = next((name for name in ("sku", "product_type") if name in columns), "")
    if not item or not columns & {"id", "question"}:
        raise EvalError(
            f"{path} needs a column id or question, a column sku or product_type, and a column "
            f"grade from 0 to {BEST}. It has: {', '.join(sorted(columns)) or 'nothing'}."
        )
    grades: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        name = row.get("id") or by_text.get(row.get("question", "").strip(), "")
        if name in ids and row[item]:
            grades[name][row[item]] = _grade(row.get("grade", "1"), path)
    if not grades:
        raise EvalError(f"{path} judges none of the questions. Its ids must be those of theirs.")
    return OwnJudgments("sku" if item == "sku" else "type", dict(grades))


def _grade(text: str, path: Path) -> int:
    if text.strip() not in {str(grade) for grade in range(BEST + 1)}:
        raise EvalError(f"{path} has the grade {text!r}. Grades are 0 to {BEST}.")
    return int(text)
