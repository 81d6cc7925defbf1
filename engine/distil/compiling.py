"""Compiling a prompt for a shop: labelled examples, and scores that mean something to it.

Relations and judgements are scored by precision before recall, as the gate is: a wrong claim costs
more than a missing one. Search phrases are scored by whether this shop's search finds the thing
with them (the idea of Rec-R1, without training).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from goeswith.engine.errors import SettingsError
from goeswith.prompts import (
    JUDGE,
    PHRASE,
    RELATE,
    Anchor,
    ClaimAsk,
    Failed,
    JudgeAsk,
    PhraseAsk,
    Program,
    RelateAsk,
    Thing,
)
from goeswith.prompts.judge import PASS, Judged
from goeswith.prompts.phrase import Phrased
from goeswith.prompts.relate import Related

if TYPE_CHECKING:
    from goeswith.engine.index.shop import Shop

Name = Literal["relate", "judge", "phrase"]

A_CALL = 4
"""Examples in one call."""

BETA = 0.5
"""Weight of recall beside precision (van Rijsbergen's F)."""

FOUND_IN = 10
"""Products among which the thing must be found."""

T = TypeVar("T")


class RelateExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pair and the relations that are right for it; an empty list is none."""

    anchor: str
    candidate: str
    relations: tuple[str, ...]
    kind: str = ""


class JudgeExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement about two things, and whether it is true."""

    source: str
    relation: str
    target: str
    true: bool


class PhraseExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A need in a shopper's words, and words of which one must be in what search finds."""

    need: str
    finds: tuple[str, ...]


class Task(msgspec.Struct, frozen=True):
    """A program, its askings to learn from and to measure on, and the score of a result."""

    program: Program[Any, Any]
    train: tuple[Any, ...]
    held_out: tuple[Any, ...]
    score: Callable[[Any, Any], float]


def task_of(name: Name, examples: Path | None, shop: Callable[[], Shop]) -> Task:
    """Return what there is to compile.

    Args:
        name: of the program.
        examples: a JSONL file; None takes the small set that ships.
        shop: opens the shop whose search phrases are tried in; called for "phrase" only.

    Raises:
        SettingsError: the examples cannot be used.
    """
    if name == "relate":
        return _relate(_read(name, examples, RelateExample))
    if name == "judge":
        return _judge(_read(name, examples, JudgeExample))
    return _phrase(_read(name, examples, PhraseExample), shop())


def precision_first(right: int, wrong: int, missing: int) -> float:
    """Return F with `BETA` from counts of claims; 1.0 where nothing was to be said and was not."""
    if not right and not wrong and not missing:
        return 1.0
    weight = BETA * BETA
    return (1 + weight) * right / ((1 + weight) * right + weight * missing + wrong)


def _relate(examples: Sequence[RelateExample]) -> Task:
    truth = {(e.anchor, e.candidate): e.relations for e in examples}

    def asking(group: Sequence[RelateExample]) -> RelateAsk:
        return RelateAsk(
            anchors=tuple(Anchor(Thing(e.anchor, e.anchor, e.kind)) for e in group),
            candidates=tuple(Thing(e.candidate, e.candidate) for e in group),
            pairs=tuple((n, n) for n in range(len(group))),
        )

    def score(asked: RelateAsk, result: Related | Failed) -> float:
        if isinstance(result, Failed):
            return 0.0
        claimed = {(c.source, c.target): c.relation for c in result.claims}
        pairs = [(asked.anchors[a].thing.id, asked.candidates[c].id) for a, c in asked.pairs]
        right = sum(claimed.get(pair, "") in truth[pair] for pair in pairs)
        true = sum(bool(truth[pair]) for pair in pairs)
        return precision_first(right, len(claimed) - right, true - right)

    return _task(RELATE, [asking(group) for group in _groups(examples)], score)


def _judge(examples: Sequence[JudgeExample]) -> Task:
    truth = {f"{e.source}|{e.relation}|{e.target}": e.true for e in examples}

    def asking(group: Sequence[JudgeExample]) -> JudgeAsk:
        return JudgeAsk(
            tuple(
                ClaimAsk(
                    f"{e.source}|{e.relation}|{e.target}",
                    Thing(e.source, e.source),
                    Thing(e.target, e.target),
                    e.relation,
                )
                for e in group
            )
        )

    def score(asked: JudgeAsk, result: Judged | Failed) -> float:
        if isinstance(result, Failed):
            return 0.0
        signed = {j.id for j in result.judgements if j.score >= PASS}
        right = sum(truth[name] for name in signed)
        true = sum(truth[claim.id] for claim in asked.claims)
        return precision_first(right, len(signed) - right, true - right)

    return _task(JUDGE, [asking(group) for group in _groups(examples)], score)


def _phrase(examples: Sequence[PhraseExample], shop: Shop) -> Task:
    wanted = {e.need: e.finds for e in examples}

    def found(query: str, words: Iterable[str]) -> bool:
        rows = shop.retriever.products(query, FOUND_IN).rows.tolist()
        types = shop.catalog.types
        texts = [
            f"{shop.catalog.title(row)} {' '.join(types[int(shop.catalog.type_of[row])])}".lower()
            for row in rows
        ]
        return any(word in text for word in words for text in texts)

    def score(asked: PhraseAsk, result: Phrased | Failed) -> float:
        if isinstance(result, Failed):
            return 0.0
        queries = dict(result.queries)
        hits = sum(
            any(found(query, wanted[need]) for query in queries.get(need, ()))
            for need, _ in asked.needs
        )
        return hits / len(asked.needs)

    askings = [PhraseAsk(tuple((e.need, e.need) for e in group)) for group in _groups(examples)]
    return _task(PHRASE, askings, score)


def _groups(examples: Sequence[T]) -> list[Sequence[T]]:
    """Return the examples in calls' worth, dealt out so that each call holds a mixture."""
    calls = max(2, -(-len(examples) // A_CALL))
    return [examples[n::calls] for n in range(calls)]


def _task(program: Any, askings: Sequence[Any], score: Callable[[Any, Any], float]) -> Task:  # noqa: ANN401
    return Task(program, tuple(askings[0::2]), tuple(askings[1::2]), score)


def _read(name: str, path: Path | None, kind: type[T]) -> list[T]:
    try:
        source = resources.files("goeswith.engine").joinpath("examples", f"{name}.jsonl")
        raw = source.read_bytes() if path is None else path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The examples {path} cannot be read: {error.strerror}.") from error
    found = []
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise SettingsError(
                f"Line {number} of {path or name} is no example: {error}."
            ) from error
    if len(found) < 2:
        raise SettingsError(f"{path or name} must hold two examples at least.")
    return found
