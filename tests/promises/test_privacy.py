"""Promise 10: personal data never enters a shared entry or a log line."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.settings import Settings

PERSONAL = (
    ("lens for Canon EOS R10 mail me at jo.doe@example.org", "example.org"),
    ("lens for Canon EOS R10 mail ｊｏ．ｄｏｅ＠ｅｘａｍｐｌｅ．ｏｒｇ", "example.org"),
    ("lens for Canon EOS R10 mail jo.doe\u200b@example\u00ad.org", "example.org"),
    ("lens for Canon EOS R10 call (555) 013-4477", "5550134477"),
    ("lens for Canon EOS R10 call +1 (555) 013-4477", "5550134477"),
    ("lens for Canon EOS R10 call +49 30 / 901 820 44", "90182044"),
    ("lens for Canon EOS R10 call 555\u2011013\u20114477", "5550134477"),
    ("lens for Canon EOS R10 call ٠٥٥٥٠١٣٤٤٧٧", "05550134477"),
    ("lens for Canon EOS R10 card 4111 1111 1111 1111", "1111111111111111"),
)


def kept_bytes(home: Path) -> bytes:
    return b"\0".join(
        path.read_bytes() for path in sorted((home / "cache").rglob("*")) if path.is_file()
    )


def spelled(secret: str) -> re.Pattern[str]:
    """A number in any spelling: a part of one could be the number of a lock or of a moment."""
    if not secret.isdigit():
        return re.compile(re.escape(secret))
    return re.compile(r"[^0-9]{0,3}".join(secret))


@pytest.mark.parametrize(("question", "secret"), PERSONAL, ids=lambda text: repr(text)[24:44])
def test_a_personal_question_is_answered_and_leaves_no_trace(
    question: str,
    secret: str,
    home: Path,
    spelling: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), Engine.open(home, settings=spelling) as engine:
        assert engine.ask(question).cache.tier == "none"
        assert engine.ask(question).cache.tier == "none"
        assert engine.answers.counts.stored == 0
        kept = kept_bytes(home)
    kept += kept_bytes(home)
    for where in (kept.decode("latin-1"), caplog.text):
        assert not spelled(secret).search(where)
        for word in ("jo.doe", "call", "mail"):
            assert word not in where


def test_an_ordinary_question_leaves_no_words_of_the_shopper_s_own(
    home: Path, spelling: Settings
) -> None:
    asked = "Pleeease, LENS for Canon EOS R10!!"
    with Engine.open(home, settings=spelling) as engine:
        engine.ask(asked)
        assert engine.ask(asked).cache.tier == "memory"
    assert asked.encode() not in kept_bytes(home)


def test_numbers_of_products_are_no_persons(engine: Engine) -> None:
    for question in ("Canon RF 100-500mm F4.5-7.1 L IS USM Lens", "lens under $1,000.50 for R10"):
        engine.ask(question)
        assert engine.ask(question).cache.tier == "memory", question


def test_a_check_that_breaks_logs_no_text(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from goeswith.engine.gate.form import FormCheck

    def broken(*_: object) -> None:
        raise ValueError("jo.doe@example.org")

    monkeypatch.setattr(FormCheck, "object_to", broken)
    engine.ask("lens for Canon EOS R10")
    assert caplog.records
    assert "example.org" not in caplog.text
