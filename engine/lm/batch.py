"""A model that is asked by a provider's batch files, for work that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from goeswith.engine.errors import SettingsError
from goeswith.engine.settings import Settings
from goeswith.engine.settings.lm import lm_settings
from goeswith.prompts import LM, LMSettingsError

REPLIES = "replies.jsonl"


class Batch:
    """One round of a batch.

    Attributes:
        lm: Answers from the replies and writes down what has none.
        read: Replies that the given files held.
        bad: Lines that are no reply.
        failed: Requests the provider could not answer.
    """

    def __init__(self, settings: Settings, place: Path, files: Sequence[Path]) -> None:
        from goeswith.prompts.batch import ReplyStore, batch_lm, read_replies

        reached = lm_settings(settings.lm)
        if reached is None:
            raise SettingsError("A batch needs a model: set lm.model.")
        self._store = ReplyStore(place)
        self.read = self.bad = self.failed = 0
        for file in files:
            got = read_replies(file)
            self.read += len(got.replies)
            self.bad += got.bad
            self.failed += got.failed
            self._store.add(got.replies)
        self.lm: LM
        self.lm, self._batch = batch_lm(reached, self._store.replies)

    @property
    def requests(self) -> int:
        """How many different requests wait."""
        return len(self._batch.requests)

    @property
    def deferred(self) -> int:
        """How often a request had to be put off."""
        return self._batch.deferred

    def finish(self, export: Path | None) -> int:
        """Write what waits, and forget the replies once nothing does. Returns how many wait."""
        from goeswith.prompts.batch import write_requests

        waiting = len(self._batch.requests)
        if not waiting:
            self._store.clear()
        elif export is not None:
            write_requests(export, self._batch.requests)
        return waiting


@contextmanager
def open_batch(settings: Settings, folder: str, files: Sequence[Path]) -> Iterator[Batch]:
    """Open a round. Replies are kept in the home's cache between rounds, in `folder`.

    Raises:
        SettingsError: there is no model, or a file cannot be used.
    """
    place = Path(settings.home) / "cache" / folder / REPLIES
    try:
        batch = Batch(settings, place, files)
    except LMSettingsError as error:
        raise SettingsError(str(error)) from error
    try:
        yield batch
    except LMSettingsError as error:
        raise SettingsError(str(error)) from error
    finally:
        batch.lm.close()
