"""LogicRAG (arXiv 2508.06105) over the shop's own retriever, step by step as it was published.

Retrieve and summarise; ask whether that is enough; if not, split the question into subproblems, let
the model say which depends on which, sort them, and resolve one after the other with a rolling
summary, stopping as soon as the question can be answered; then answer. Every call waits for the one
before it: 3 calls where the warm-up is enough, else 4 and 2 more for each subproblem resolved.

Two things differ from the published code, because a shop must not be harmed: an answer is read as
ids of retrieved products, so none can be made up; and a circle of dependencies is cut at the
subproblem that comes last instead of being dropped.
"""

from __future__ import annotations

from contextlib import ExitStack
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import msgspec

from goeswith.eval.arms.common import listed_products, listed_types
from goeswith.eval.errors import NotRun
from goeswith.eval.model import Arm, Asked, Given
from goeswith.eval.stand import Stand

if TYPE_CHECKING:
    from goeswith.prompts import LM

T = TypeVar("T")

RETRIEVED = 8
"""Products retrieved for each search."""
MOST_ROUNDS = 5
MOST_ANSWERS = 20
"""Ids read of an answer, as many as it is asked for."""
SECONDS = 60.0
"""Deadline of a question."""
_WORDS = 400


class _Script(msgspec.Struct, frozen=True):
    rule: str
    steps: dict[str, str]


class _Summary(msgspec.Struct, frozen=True):
    summary: str


class _WarmUp(msgspec.Struct, frozen=True):
    can_answer: bool
    dependencies: list[str]


class _Sorted(msgspec.Struct, frozen=True):
    pairs: list[tuple[int, int]]


class _Resolved(msgspec.Struct, frozen=True):
    can_answer: bool
    understanding: str


class _Answer(msgspec.Struct, frozen=True):
    ids: list[str]


class LogicRagArm(Arm):
    """Plans with a model at question time, resolves in sequence, keeps nothing. Needs an LM."""

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        lm = self._open.enter_context(stand.lm())
        if lm is None:
            raise NotRun("it needs an LM; set [lm] model, or give --lm-replies")
        self._lm = lm
        self._shop = stand.shop
        self._rounds = stand.rounds
        raw = resources.files("goeswith.eval.arms").joinpath("logicrag.toml").read_bytes()
        self._script = msgspec.toml.decode(raw, type=_Script)

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        from goeswith.prompts.errors import CallError

        waited = self._rounds.count
        catalog = self._shop.catalog
        held = [row for sku in asked.basket if (row := catalog.row(sku)) is not None]
        titles = list(dict.fromkeys(catalog.title(row) for row in held))
        talk = _Talk(self._lm, self._script, asked.text, titles)
        products: dict[str, int] = {}
        failed = False
        chosen: list[str] = []
        try:
            chosen = self._reason(asked, talk, products)
        except (CallError, msgspec.MsgspecError):
            # As published: an unusable reply ends the reasoning, and there is no answer.
            failed = True
        rows = [products[sku] for sku in dict.fromkeys(chosen) if sku in products]
        shop = self._shop
        if asked.wants == "sku":
            items = listed_products(shop, rows)
        else:
            items = listed_types(shop, shop.type_ids_of(rows))
        spent = talk.tally.spent
        return Given(
            items,
            degraded=failed,
            lm_calls=spent.calls,
            lm_rounds=self._rounds.count - waited,
            lm_tokens=spent.tokens,
            usd=spent.usd,
        )

    def close(self) -> None:
        """Close the model."""
        self._open.close()

    def _reason(self, asked: Asked, talk: _Talk, products: dict[str, int]) -> list[str]:
        memory = self._summarised(asked.text, talk, products, "")
        start = talk.ask("warm_up", _WarmUp, known=memory)
        if not start.can_answer:
            problems = [text[:_WORDS] for text in start.dependencies if text.strip()]
            problems = problems[:MOST_ROUNDS]
            pairs = talk.ask("sort", _Sorted, subproblems=problems).pairs
            for place in sorted_by_dependency(len(problems), pairs):
                memory = self._summarised(problems[place], talk, products, memory)
                step = talk.ask("resolve", _Resolved, known=memory, subproblem=problems[place])
                memory = f"{memory}\n{step.understanding[:_WORDS]}"
                if step.can_answer:
                    break
        titles = {sku: self._shop.catalog.title(row) for sku, row in products.items()}
        return talk.ask("answer", _Answer, known=memory, products=titles).ids[:MOST_ANSWERS]

    def _summarised(self, query: str, talk: _Talk, products: dict[str, int], known: str) -> str:
        """Retrieve for a query, note the products, and return the rolling summary."""
        rows = self._shop.retriever.products(query, RETRIEVED).rows.tolist()
        found = {self._shop.catalog.sku(row): row for row in rows}
        products.update(found)
        titles = [self._shop.catalog.title(row) for row in rows]
        return talk.ask("summarise", _Summary, known=known, retrieved=titles).summary[: 4 * _WORDS]


class _Talk:
    """The calls of one question, one after the other, inside one deadline."""

    def __init__(self, lm: LM, script: _Script, question: str, has: list[str]) -> None:
        from goeswith.prompts import Tally

        self._lm = lm
        self._script = script
        self._told = {"question": question, "has": has}
        self._deadline = lm.clock() + SECONDS
        self.tally = Tally()

    def ask(self, step: str, kind: type[T], **data: object) -> T:
        """Ask one step and read the reply.

        Raises:
            CallError: no reply came.
            MsgspecError: the reply is not of the schema.
        """
        from goeswith.prompts import Call

        told = {**self._told, **data}
        fenced = "\n".join(
            f'<data name="{name}">{_fenced(value)}</data>' for name, value in told.items()
        )
        reply = self._lm.complete(
            [
                {"role": "system", "content": f"{self._script.steps[step]}\n{self._script.rule}"},
                {"role": "user", "content": fenced},
            ],
            _schema(kind),
            Call(stage="logicrag", deadline=self._deadline, purse=self.tally),
        )
        return msgspec.json.decode(reply.text, type=kind)


def sorted_by_dependency(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Return 0 to count - 1 so that what a number depends on comes before it.

    A pair (a, b) says that a depends on b; pairs of unknown numbers are left out. A circle is cut
    at the number that comes last in it.
    """
    waits: dict[int, set[int]] = {number: set() for number in range(count)}
    for a, b in pairs:
        if a != b and a in waits and b in waits:
            waits[a].add(b)
    order: list[int] = []
    while waits:
        free = [number for number, others in waits.items() if not others & waits.keys()]
        for number in free or [max(waits)]:
            order.append(number)
            del waits[number]
    return order


def _fenced(value: object) -> str:
    raw = msgspec.json.encode(value).decode()
    return raw.replace("<", "\\u003c").replace(">", "\\u003e")


def _schema(kind: type) -> dict[str, object]:
    (schema,), defined = msgspec.json.schema_components([kind])
    name = str(schema["$ref"]).rpartition("/")[2]
    return {**defined[name], "additionalProperties": False}
