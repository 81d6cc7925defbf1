"""Bad input is refused clearly; hostile input costs little."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest

from goeswith.engine.errors import QuestionError
from goeswith.engine.question import MAX_CHARS, read_question

_HOSTILE = [
    "for ",
    "what goes with ",
    "x for y under ",
    "not a ",
    "between 10 and ",
    "by ",
    "no ",
    "what ",
    "can you ",
    "please ",
    "for a ",
    "a ",
    "the ",
    "with ",
    "i have ",
    '"',
    "'",
    "$",
    "1,",
    "1-",
    "$1-",
    "1.",
    "(",
    "[find]",
    "-",
    "- ",
    ", ",
    ". ",
    "x instead of ",
    "\u0308",
    "\u200d",
    "🎉 ",
    "1",
    "a",
]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "?!...", "🎉🎉", "🎉 !", "---", "\x00\x01", "\ud800", "\u202e", "$$$"]
)
def test_a_text_without_words_is_refused_with_advice(text: str) -> None:
    with pytest.raises(QuestionError, match="no words; type what you look for"):
        read_question(text)


@pytest.mark.parametrize(
    "text", ["what", "what goes with", "something under $20", "hello", "for 🍕"]
)
def test_a_text_that_names_nothing_is_refused_with_advice(text: str) -> None:
    with pytest.raises(QuestionError, match="say what it is about"):
        read_question(text)


def test_length_limit() -> None:
    read_question("pizza".ljust(MAX_CHARS, "x"))
    with pytest.raises(QuestionError, match=f"{MAX_CHARS} or fewer"):
        read_question("pizza".ljust(MAX_CHARS + 1, "x"))
    with pytest.raises(QuestionError, match="fewer words"):
        read_question("\ufdfa" * MAX_CHARS)


def test_a_hundred_kilobytes_are_refused_at_once() -> None:
    text = "what goes with " * 7_000
    assert _best(text) < 0.001


@pytest.mark.parametrize("piece", _HOSTILE)
@pytest.mark.parametrize("head", ["", "pizza "])
def test_hostile_repetition_stays_cheap(piece: str, head: str) -> None:
    long = (head + piece * MAX_CHARS)[:MAX_CHARS]
    short = long[: MAX_CHARS // 4]
    assert _best(long) < 12 * _best(short) + 0.002


@pytest.mark.parametrize(
    "text",
    [
        "what goes with pizza\x00",
        "what\x00goes\x07with pizza",
        "what goes with \u202epizza\u202c",
        "what goes with piz\u00adza",
        "what goes with \ud800pizza",
        "what goes with pizza\U000e0041\U000e0042",
        "\ufeffwhat goes with pizza",
    ],
)
def test_invisible_characters_are_dropped(text: str) -> None:
    question = read_question(text)
    assert question.canonical == "[complement] pizza"
    assert question.text.isprintable()


@pytest.mark.parametrize(
    "text", ["ماذا يناسب البيتزا", "何がピザに合いますか", "pizza 🍕 margherita"]
)
def test_other_scripts_and_emoji_are_words(text: str) -> None:
    assert read_question(text).phrase == text


def test_joiners_are_kept_where_they_spell() -> None:
    assert read_question("می\u200cخواهم").text == "می\u200cخواهم"
    assert read_question("pan\u200dcake").text == "pancake"


@pytest.mark.parametrize("locale", ["", "english please", "../etc", "e", "en;drop"])
def test_a_wrong_locale_is_refused(locale: str) -> None:
    with pytest.raises(QuestionError, match="language tag"):
        read_question("pizza", locale=locale)


def test_import_is_light() -> None:
    code = (
        "import sys, goeswith.engine.question as q; q.read_question('what goes with pizza');"
        "heavy = {'numpy', 'polars', 'faiss', 'numba', 'scipy', 'dspy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _best(text: str) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        with contextlib.suppress(QuestionError):
            read_question(text)
        times.append(time.perf_counter() - start)
    return min(times)
