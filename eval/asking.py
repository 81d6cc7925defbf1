"""Asks an arm every question and keeps what it gave, so that a run that was stopped goes on.

WORK/asked/SUITE-ARM-DIGEST.jsonl   a line a question; the last line says what was built beforehand

The digest stands for everything that decides what an arm gives. Truth is not part of it, nor
known here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress
from goeswith.eval.errors import EvalError, NotRun
from goeswith.eval.model import Arm, Asked, Built, Given
from goeswith.eval.sources import digest_of_sources
from goeswith.eval.stand import Stand

Clock = Callable[[], float]
"""Seconds from a monotonic clock."""

Maker = Callable[[Stand], Arm]
"""Opens an arm. Raises `NotRun` where it cannot work."""

FOLDER = "asked"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question's answer and the milliseconds it took."""

    id: str
    given: Given
    ms: float


class Asking(msgspec.Struct, frozen=True):
    """What an arm gave to all questions, in their order. `not_run` says why it gave nothing."""

    lines: tuple[Line, ...] = ()
    built: Built = Built()
    not_run: str = ""


class _End(msgspec.Struct, frozen=True):
    built: Built
    questions: int


def ask_all(
    make: Maker,
    stand: Stand,
    asked: Sequence[Asked],
    *,
    tell: Callable[[int], None],
    clock: Clock = time.perf_counter,
    file: Path | None = None,
) -> Asking:
    """Ask an arm the questions that `file` does not hold yet.

    Args:
        make: opens the arm, before the first question is timed.
        stand: what it stands on.
        asked: the questions.
        tell: called with how many are answered.
        clock: times each question.
        file: where answers are kept; nowhere when None.

    Raises:
        EvalError: the file cannot be written.
    """
    known, built = _read(file) if file is not None else ({}, None)
    if built is not None and all(question.id in known for question in asked):
        tell(len(asked))
        return Asking(tuple(known[question.id] for question in asked), built)
    try:
        arm = make(stand)
    except NotRun as reason:
        return Asking(not_run=str(reason))
    with closing(arm):
        for line in _answers(arm, asked, known, tell, clock):
            known[line.id] = line
            _append(file, line)
        built = arm.built
    _append(file, _End(built, len(asked)))
    return Asking(tuple(known[question.id] for question in asked), built)


def place_of(
    suite: str, arm: str, stand: Stand, asked: Sequence[Asked], replies: bytes = b""
) -> Path:
    """Return the file that keeps an arm's answers.

    Args:
        suite: its name.
        arm: its name.
        stand: what the arm stands on; its folder `work` holds the file.
        asked: the questions.
        replies: recorded LM replies, when the LM is replayed.

    Raises:
        EvalError: the stand has no folder for work.
    """
    if stand.work is None:
        raise EvalError("Answers can only be kept in a folder for work. Give --work.")
    parts = hashlib.blake2b(digest_size=8)
    settings = msgspec.structs.replace(stand.settings, home=Path(), sources={})
    for part in (
        (suite, arm, stand.seed, Home(stand.home).current().version),
        settings,
        tuple(asked),
        stand.log,
    ):
        parts.update(msgspec.json.encode(part, enc_hook=str) + b"\n")
    parts.update(hashlib.blake2b(replies).digest())
    parts.update(digest_of_sources("engine", "cache", "prompts", "eval/arms").encode())
    return stand.work / FOLDER / f"{suite}-{arm}-{parts.hexdigest()}.jsonl"


def _answers(
    arm: Arm,
    asked: Sequence[Asked],
    known: dict[str, Line],
    tell: Callable[[int], None],
    clock: Clock,
) -> Iterator[Line]:
    for done, question in enumerate(asked, start=1):
        if question.id not in known:
            began = clock()
            given = arm.answer(question)
            yield Line(question.id, given, (clock() - began) * 1000.0)
        tell(done)


def _read(file: Path) -> tuple[dict[str, Line], Built | None]:
    """Return what a file holds. A line that was cut off by a stop is left out."""
    known: dict[str, Line] = {}
    built = None
    try:
        raw = file.read_bytes().splitlines()
    except FileNotFoundError:
        return known, None
    except OSError as error:
        raise _unusable(file, error) from error
    for item in raw:
        try:
            line = msgspec.json.decode(item, type=Line)
        except msgspec.ValidationError:
            built = msgspec.json.decode(item, type=_End).built
        except msgspec.DecodeError:
            continue
        else:
            known[line.id] = line
    return known, built


def _append(file: Path | None, line: Line | _End) -> None:
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as out:
            # A line that a stop cut off must not swallow this one.
            if out.tell() and not _ends_a_line(file):
                out.write(b"\n")
            out.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise _unusable(file, error) from error


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as opened:
        opened.seek(-1, 2)
        return opened.read(1) == b"\n"


def _unusable(file: Path, error: OSError) -> EvalError:
    return EvalError(
        f"{file} cannot be used: {error.strerror or error}. Give another folder with --work."
    )


def teller(name: str, total: int, progress: Progress) -> Callable[[int], None]:
    """Return what tells the progress of one arm."""
    return lambda done: progress(f"arm {name}", done, total)
