"""Questions that need several passages: MuSiQue, HotpotQA and 2WikiMultihopQA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from goeswith.eval.loaders.rows import read_json

FILES = (
    "musique_train100.json.gz",
    "musique_train100_corpus.json.gz",
    "hotpotqa_train100.json.gz",
    "hotpotqa_train100_corpus.json.gz",
    "2wiki_101_questions.json.gz",
    "2wiki_corpus6119.json.gz",
)
ORIGIN = (
    "Cut them from the published sets: StonyBrookNLP/musique, hotpotqa.github.io, 2wikimultihop."
)

_PARENT = re.compile(r"#(\d+)")


class Hop(msgspec.Struct, frozen=True):
    """One step: a question in which "#1" stands for the answer of step 1, and its answer."""

    question: str
    answer: str

    @property
    def parents(self) -> tuple[int, ...]:
        """Numbers of the steps whose answers it needs."""
        return tuple(dict.fromkeys(int(number) for number in _PARENT.findall(self.question)))

    def filled(self, answers: Mapping[int, str]) -> str:
        """Return the question with answers in the places of steps."""
        return _PARENT.sub(lambda m: answers.get(int(m[1]), m[0]), self.question)


class Multihop(msgspec.Struct, frozen=True):
    """A question and the titles or numbers of the passages that it needs; hops where known."""

    text: str
    support: frozenset[int]
    hops: tuple[Hop, ...] = ()


class Passages(msgspec.Struct, frozen=True):
    """A corpus of passages (title, text), and questions about it."""

    name: str
    passages: tuple[tuple[str, str], ...]
    questions: tuple[Multihop, ...]


class _Passage(msgspec.Struct):
    title: str
    text: str


class _Paragraph(msgspec.Struct):
    title: str
    paragraph_text: str


class _Step(msgspec.Struct):
    question: str
    answer: str
    paragraph_support_idx: int


class _Musique(msgspec.Struct):
    question: str
    paragraphs: list[_Paragraph]
    question_decomposition: list[_Step]


class _Hotpot(msgspec.Struct):
    question: str
    supporting_facts: list[tuple[str, int]]


class _Wiki(msgspec.Struct):
    question: str
    ground_truth: list[str]


def load_musique(folder: Path) -> Passages:
    """Read MuSiQue with its gold decompositions.

    Raises:
        EvalError: a file is absent or is not in the expected format.
    """
    corpus = read_json(folder / FILES[1], list[_Passage])
    passages = tuple((p.title, p.text) for p in corpus)
    place = {passage: number for number, passage in enumerate(passages)}
    questions = []
    for row in read_json(folder / FILES[0], list[_Musique]):
        steps = row.question_decomposition
        needed = [row.paragraphs[step.paragraph_support_idx] for step in steps]
        support = frozenset(place[p.title, p.paragraph_text] for p in needed)
        hops = tuple(Hop(step.question, step.answer) for step in steps)
        questions.append(Multihop(row.question, support, hops))
    return Passages("MuSiQue", passages, tuple(questions))


def load_hotpot(folder: Path) -> Passages:
    """Read HotpotQA. Raises `EvalError` as `load_musique` does."""
    corpus = read_json(folder / FILES[3], dict[str, list[str]])
    passages = tuple((title, "".join(sentences)) for title, sentences in corpus.items())
    place = {title: number for number, (title, _) in enumerate(passages)}
    rows = read_json(folder / FILES[2], list[_Hotpot])
    return Passages(
        "HotpotQA",
        passages,
        tuple(
            Multihop(row.question, frozenset(place[t] for t, _ in row.supporting_facts))
            for row in rows
        ),
    )


def load_2wiki(folder: Path) -> Passages:
    """Read 2WikiMultihopQA. Raises `EvalError` as `load_musique` does."""
    corpus = read_json(folder / FILES[5], list[_Passage])
    passages = tuple((p.title, p.text) for p in corpus)
    place = {title: number for number, (title, _) in enumerate(passages)}
    rows = read_json(folder / FILES[4], list[_Wiki])
    return Passages(
        "2Wiki",
        passages,
        tuple(
            Multihop(row.question, frozenset(place[t] for t in row.ground_truth)) for row in rows
        ),
    )
