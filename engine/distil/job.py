"""One distillation of a home: the walk over its types, within limits, resumed where it stopped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from goeswith.engine.distil.asker import Offline
from goeswith.engine.distil.journal import Journal, read_done
from goeswith.engine.distil.work import Distiller, Step
from goeswith.engine.index.shop import Shop
from goeswith.prompts import LM, Cost
from goeswith.prompts.lm import guess_tokens
from goeswith.prompts.settings import price

HEADS_A_STEP = 5
"""Types that are worked off together: enough to fill a call, and little is lost by a stop."""

SAMPLE = 8
"""Steps that an estimate looks at, spread over the walk."""

CLAIMS_A_PAIR = 0.5
REPLY_SHARE = 0.6
"""What an estimate assumes: claims per pair asked about, and how much of a reply's room is used."""

JOURNAL = "distil.jsonl"

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


class Plan(msgspec.Struct, frozen=True):
    """What there is to do: types in all, done before, and those to do in their order."""

    types: int
    resumed: int
    todo: tuple[int, ...]


class Estimate(msgspec.Struct, frozen=True):
    """What a distillation would come to. `usd` is 0 where the price is unknown."""

    types: int
    resumed: int
    todo: int
    pairs: int
    calls: int
    tokens: int
    usd: float
    price_known: bool


class Result(msgspec.Struct, frozen=True):
    """What a distillation came to. `stopped` says why not all types were done, or is empty."""

    types: int
    resumed: int
    done: int
    left: int
    stopped: str
    asked: int
    claims: int
    accepted: int
    refused: dict[str, int]
    none: int
    unmapped: int
    unanswered: int
    failed: dict[str, int]
    kept: int
    cost: Cost
    seconds: float


class Job:
    """Walks types by popularity. The caller holds the lock of the folder.

    Args:
        folder: holds the checkpoint.
        shop: the snapshot.
        distiller: works off types.
        digest: what the work depends on; a checkpoint of another digest is begun anew.
        limit: types at most, the most bought first.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        folder: Path,
        shop: Shop,
        distiller: Distiller,
        digest: str,
        *,
        limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = folder / JOURNAL
        self._shop = shop
        self._distiller = distiller
        self._digest = digest
        self._limit = limit
        self._clock = clock

    def plan(self, done: set[str]) -> Plan:
        """Return what there is to do."""
        heads = self._distiller.frontier.heads(self._limit)
        todo = tuple(head for head in heads if self._name(head) not in done)
        return Plan(len(heads), len(heads) - len(todo), todo)

    def estimate(self, lm: LM, *, restart: bool = False) -> Estimate:
        """Return what the work would come to, from the calls of some steps. Asks nothing."""
        plan = self.plan(set() if restart else read_done(self._path, self._digest))
        steps = _steps(plan.todo)
        every = max(1, len(steps) // SAMPLE)
        sample = steps[::every]
        pairs = calls = tokens_in = tokens_out = 0.0
        for heads in sample:
            bringing = list(self._distiller.bringing(heads).values())
            gaps = self._distiller.frontier.open(heads)
            naming, relating = self._distiller.asks(
                self._distiller.frontier, gaps.bought, gaps.others
            )
            words = self._distiller.wording
            phrasing = words.asks(words.pairs(heads, gaps.bought))
            asks = [*bringing, *naming, *relating, *phrasing]
            count = len(gaps.bought) + len(gaps.others)
            pairs += count
            judging = -(-int(count * CLAIMS_A_PAIR) // 30)
            calls += len(asks) + judging
            for ask in asks:
                schema = ask.program.question.schema()
                tokens_in += guess_tokens(ask.program.messages(ask.about), schema)
                tokens_out += REPLY_SHARE * ask.program.room(ask.about)
            tokens_in += judging * 1500 + count * CLAIMS_A_PAIR * 40
            tokens_out += count * CLAIMS_A_PAIR * 50
        scale = len(steps) / max(1, len(sample))
        price_in, price_out, known = price(lm.settings)
        return Estimate(
            types=plan.types,
            resumed=plan.resumed,
            todo=len(plan.todo),
            pairs=round(pairs * scale),
            calls=round(calls * scale),
            tokens=round((tokens_in + tokens_out) * scale),
            usd=round((tokens_in * price_in + tokens_out * price_out) * scale, 4),
            price_known=known,
        )

    def run(
        self,
        ask: Offline,
        *,
        restart: bool = False,
        seconds: float | None = None,
        until_answered: bool = True,
        progress: Progress = _silent,
    ) -> Result:
        """Work off the types, and note each in the checkpoint once the store holds it.

        Args:
            ask: asks the model within the run's limits.
            restart: forget the checkpoint.
            seconds: begin nothing new after this time.
            until_answered: stop at the first step that has to wait. A batch does not: it wants
                the calls of all steps.
            progress: is told types done and in all.

        Raises:
            HomeWriteError: the checkpoint cannot be written.
        """
        began = self._clock()
        total = Step()
        stopped = ""
        waiting = done = 0
        with Journal(self._path, self._digest, restart=restart) as journal:
            plan = self.plan(journal.done)
            for heads in _steps(plan.todo):
                if seconds is not None and self._clock() - began >= seconds:
                    stopped = "seconds"
                    break
                step = self._distiller.step(heads, ask)
                total.add(step)
                if step.waits:
                    waiting += len(heads)
                    stopped = step.waits
                    if until_answered:
                        break
                    continue
                journal.add([self._name(head) for head in heads])
                done += len(heads)
                progress(done, len(plan.todo))
        return Result(
            types=plan.types,
            resumed=plan.resumed,
            done=done,
            left=len(plan.todo) - done,
            stopped=stopped,
            asked=total.asked,
            claims=total.claims,
            accepted=total.accepted,
            refused=dict(sorted(total.refused.items())),
            none=total.none,
            unmapped=total.unmapped,
            unanswered=total.unanswered,
            failed=dict(sorted(total.failed.items())),
            kept=total.kept,
            cost=ask.spent,
            seconds=round(self._clock() - began, 3),
        )

    def _name(self, head: int) -> str:
        return self._shop.kinds.node_id(head)


def digest_of(*parts: str) -> str:
    """Return one digest of what a distillation depends on."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def _steps(heads: Sequence[int]) -> list[Sequence[int]]:
    return [heads[at : at + HEADS_A_STEP] for at in range(0, len(heads), HEADS_A_STEP)]
