import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from goeswith.cache.paraphrase import Asked, Kind, compare
from goeswith.engine.answer import encode_body
from goeswith.engine.engine import Engine
from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.model import Chosen, Graph, Group, Plan, Versions
from goeswith.engine.question import Vocabulary, read_question
from goeswith.engine.retrieval.embed import HashEmbedder, Vectors
from goeswith.engine.serving.paraphrase import asked_of, same_groups, text_to_embed

PAIRS = Path(__file__).parents[3] / "eval" / "paraphrases"
FILES = ("camera", "grocery", "logs", "adversarial", "second", "fresh")
BRANDS = Vocabulary(brands=frozenset({"sony", "canon", "nikon", "hp", "bose", "heinz"}))
VERSIONS = Versions("1", "p", "p", "g", "none", 1)


def asked(text: str, scope: str = "") -> Asked:
    return asked_of(read_question(text, vocabulary=BRANDS), scope)


def pairs(name: str) -> list[tuple[str, str, str]]:
    with (PAIRS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return [(one, other, what) for one, other, what in csv.reader(file, delimiter="\t")]


@pytest.mark.parametrize("name", FILES)
def test_no_question_is_served_for_one_that_differs(name: str) -> None:
    wrong = [
        (one, other)
        for one, other, what in pairs(name)
        if what != "same" and compare(asked(one), asked(other)).kind is Kind.SAME
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["camera", "grocery", "logs", "fresh"])
def test_most_paraphrases_are_served(name: str) -> None:
    found = [
        compare(asked(one), asked(other)).kind is Kind.SAME
        for one, other, what in pairs(name)
        if what == "same"
    ]
    assert sum(found) / len(found) >= 0.6


def test_the_set_is_large_and_balanced() -> None:
    every = [what for name in FILES for _, _, what in pairs(name)]
    assert len(every) >= 600
    assert every.count("same") >= 300
    assert len(every) - every.count("same") >= 300


def test_every_part_of_a_question_reaches_the_guard() -> None:
    record = asked("sony headphones for kids under $50 without microphone", "s")
    assert record == Asked(
        "find",
        (("find", "sony headphone"),),
        price=(None, 50.0),
        brands=("sony",),
        not_words=("microphone",),
        audience="kids",
        scope="s",
    )
    assert asked("what drink goes with pizza").fields == (("anchor", "pizza"), ("wanted", "drink"))
    assert asked("what do i need to bake a cake").fields[0][0] == "activity"


def test_what_is_embedded_holds_no_wording() -> None:
    question = read_question("could you please tell me what goes well with pancake mix?")
    assert text_to_embed(question) == "pancake mix"


def body(*groups: tuple[str, ...], degraded: tuple[str, ...] = ()) -> bytes:
    chosen = tuple(
        Group(f"n{at}", tuple(Chosen(sku, sku, (), 1.0, "", ()) for sku in skus))
        for at, skus in enumerate(groups)
    )
    subgraph = Subgraph(
        plan=Plan("single", ()), groups=chosen, graph=Graph((), ()), degraded=degraded, refused=()
    )
    return encode_body("q", subgraph, VERSIONS)


def test_answers_are_compared_by_their_products() -> None:
    assert same_groups(body(("a", "b"), ("c",)), body(("b", "a"), ("c",)))
    assert same_groups(body(("a", "b")), body(("a", "c"))) is False
    assert same_groups(body(("a",), ("b",)), body(("a", "b"))) is False


def test_an_empty_or_degraded_answer_is_no_evidence() -> None:
    assert same_groups(body(), body()) is None
    assert same_groups(body(("a",)), body(("a",), degraded=("deadline",))) is None


def test_no_words_are_embedded_twice_for_one_question(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    encode = HashEmbedder.encode

    def counted(self: HashEmbedder, asked: Sequence[str]) -> Vectors:
        texts.extend(asked)
        return encode(self, asked)

    monkeypatch.setattr(HashEmbedder, "encode", counted)
    engine.ask("waterproof camera bag")
    assert texts
    assert len(texts) == len(set(texts)), texts
