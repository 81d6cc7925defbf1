"""One evaluation from beginning to end: make the suite ready, ask the arms, judge, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.arms import ARMS, chosen
from goeswith.eval.asking import Asking, Maker, ask_all, place_of, teller
from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.headline import headline
from goeswith.eval.model import Asked, Prepared, Study, Suite
from goeswith.eval.report import KEPT, Circumstances, Report, make_report, study_report
from goeswith.eval.run import asked_of, judged, shuffled
from goeswith.eval.stand import Stand

KEPT_LABELS = 10


class Wish(msgspec.Struct, frozen=True):
    """What was asked for.

    `jobs` is how many arms are asked at once, `fresh` asks again what was kept, `shuffle` gives
    each question another's truth. `replies` is a recording of an LM to ask instead of the settings'
    model, `record` where that model's replies are kept, `missing` where requests are written that
    the recording lacks. With `asked_log` the log that arms warm up with keeps only questions that
    are asked, so that a small run with a model warms the same share of a small log.
    """

    arms: tuple[str, ...] = ()
    questions: int | None = None
    seed: int = 1
    jobs: int = 1
    fresh: bool = False
    shuffle: bool = False
    replies: Path | None = None
    record: Path | None = None
    missing: Path | None = None
    asked_log: bool = False


def evaluate(
    suite: Suite | Study,
    wish: Wish,
    work: Path,
    settings: Settings,
    told: Circumstances,
    progress: Progress,
) -> Report:
    """Run a suite or a study.

    Raises:
        EvalError: the data or a library is absent, or an arm is unknown.
        GoeswithError: an arm cannot work on the suite's home.
    """
    if isinstance(suite, Study):
        return _studied(suite, wish, work, settings, told, progress)
    makers = chosen(wish.arms)
    prepared = suite.prepare(
        work, settings, questions=wish.questions, seed=wish.seed, progress=progress
    )
    if wish.shuffle:
        prepared = shuffled(prepared, wish.seed)
    asked = asked_of(prepared)
    stand = Stand(
        prepared.home,
        prepared.settings,
        wish.seed,
        work=work,
        log=_log(prepared, asked, short=wish.asked_log),
        replies=wish.replies,
        record=wish.record,
        missing=wish.missing,
    )
    recorded = _recorded(wish.replies)
    files = {name: place_of(suite.name, name, stand, asked, recorded) for name in makers}
    if wish.missing is not None:
        wish.missing.unlink(missing_ok=True)
    if wish.fresh or wish.missing is not None:
        for file in files.values():
            file.unlink(missing_ok=True)
    kept = sum(file.exists() for file in files.values())
    if wish.jobs > 1:
        _ask_at_once(makers, stand, asked, files, wish.jobs, progress)
    asking = {
        name: ask_all(make, stand, asked, tell=teller(name, len(asked), progress), file=files[name])
        for name, make in makers.items()
    }
    played = {name: judged(prepared, found, stand) for name, found in asking.items()}
    facts = prepared.facts | {"arms asked at once": wish.jobs}
    if kept:
        facts |= {KEPT: kept}
    if wish.replies is not None:
        facts |= {"LM": f"replayed from {wish.replies.name}: LM times are not real"}
    prepared = msgspec.structs.replace(prepared, facts=facts)
    report = make_report(told, prepared, played, _labels(prepared, asking, stand))
    return msgspec.structs.replace(report, headline=headline(report))


def _log(prepared: Prepared, asked: Sequence[Asked], *, short: bool) -> tuple[tuple[str, int], ...]:
    texts = {question.text for question in asked}
    return tuple(line for line in prepared.log if not short or line[0] in texts)


def _recorded(replies: Path | None) -> bytes:
    """Return a recording's bytes, so that kept answers of another recording are not used."""
    if replies is None:
        return b""
    try:
        return replies.read_bytes()
    except OSError as error:
        raise EvalError(f"{replies} cannot be read: {error.strerror or error}.") from error


def _studied(
    study: Study,
    wish: Wish,
    work: Path,
    settings: Settings,
    told: Circumstances,
    progress: Progress,
) -> Report:
    if wish.shuffle:
        raise EvalUsageError(f"{study.name} has no truth that could be shuffled.")
    if wish.asked_log:
        raise EvalUsageError(f"{study.name} has a log of its own. Leave out --asked-log.")
    if wish.replies is not None or wish.record is not None:
        raise EvalUsageError(
            f"{study.name} asks the model of the settings. Leave out --lm-replies and --record-lm."
        )
    unknown = [name for name in wish.arms if name not in study.takes]
    if unknown:
        known = ", ".join(study.takes) or "none"
        raise EvalUsageError(
            f"{study.name} takes no arm {', '.join(unknown)}. The arms it takes: {known}."
        )
    found = study.run(
        work,
        settings,
        arms=wish.arms or study.takes,
        questions=wish.questions,
        seed=wish.seed,
        progress=progress,
    )
    asked = found.facts.get("questions", wish.questions or 0)
    return study_report(told, found, int(asked))


class _Task(msgspec.Struct, frozen=True):
    """What another process needs to ask one arm."""

    arm: str
    home: str
    settings: Settings
    seed: int
    work: str
    log: tuple[tuple[str, int], ...]
    asked: tuple[Asked, ...]
    file: str
    replies: str
    record: str
    missing: str


def _ask_at_once(
    makers: Mapping[str, Maker],
    stand: Stand,
    asked: tuple[Asked, ...],
    files: Mapping[str, Path],
    jobs: int,
    progress: Progress,
) -> None:
    """Ask arms in processes of their own. What they gave is in their files afterwards."""
    plain = msgspec.structs.replace(stand.settings, home=stand.home)
    tasks = [
        msgspec.json.encode(
            _Task(
                arm=name,
                home=str(stand.home),
                settings=plain,
                seed=stand.seed,
                work=str(stand.work),
                log=stand.log,
                asked=asked,
                file=str(files[name]),
                replies=str(stand.replies or ""),
                record=str(stand.record or ""),
                missing=str(stand.missing or ""),
            ),
            enc_hook=str,
        )
        for name in makers
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(ask_one, task) for task in tasks]
        for done, finished in enumerate(as_completed(waiting), start=1):
            finished.result()
            progress("arms", done, len(waiting))


def ask_one(task: bytes) -> None:
    """Ask one arm, in whatever process, and keep what it gives in its file."""
    order = msgspec.json.decode(task, type=_Task, dec_hook=_path)
    stand = Stand(
        Path(order.home),
        order.settings,
        order.seed,
        work=Path(order.work),
        log=order.log,
        replies=Path(order.replies) if order.replies else None,
        record=Path(order.record) if order.record else None,
        missing=Path(order.missing) if order.missing else None,
    )
    ask_all(ARMS[order.arm], stand, order.asked, tell=lambda _done: None, file=Path(order.file))


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise EvalUsageError(f"A setting of type {kind.__name__} cannot be given to a process.")


def _labels(prepared: Prepared, asking: Mapping[str, Asking], stand: Stand) -> dict[str, str]:
    """Return titles for the SKUs that a reader of the report sees."""
    shown: set[str] = set()
    skus = {question.asked.id for question in prepared.questions if question.asked.wants == "sku"}
    for question in prepared.questions:
        shown.update(question.asked.basket)
        if question.asked.id in skus:
            shown.update(prepared.truth.get(question.asked.id, {}))
    for found in asking.values():
        for line in found.lines:
            if line.id in skus:
                shown.update(line.given.items[: 2 * KEPT_LABELS])
    return {item: stand.label(item) for item in shown}


def arms_of(text: str) -> tuple[str, ...]:
    """Return names that were given with commas between them."""
    names: Sequence[str] = [name.strip() for name in text.split(",")]
    return tuple(name for name in names if name)
