"""An ask, from look-up to build: hits are looked up here and now, builds fly."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from goeswith.engine.answer import Answer
from goeswith.engine.crew.works import ASK
from goeswith.engine.engine import Engine
from goeswith.engine.http.builds import Builds, Flight
from goeswith.engine.http.hits import Hits, Known
from goeswith.engine.model import Versions
from goeswith.engine.request import Request
from goeswith.engine.serving.privacy import is_personal


class Understood(NamedTuple):
    """An ask whose question was read: the words as shown, and the key of its answer."""

    asked: Request
    question: str
    key: str

    @property
    def flight(self) -> str:
        """What asks must have in common to wait for one build."""
        asked = self.asked
        if _is_plain(asked) and asked.budget is None:
            return self.key
        own = msgspec.json.encode((asked.profile, asked.include, asked.budget))
        return self.key + hashlib.blake2b(own, digest_size=16).hexdigest()


class Desk:
    """Takes asks."""

    def __init__(self, engine: Engine, hits: Hits, builds: Builds) -> None:
        self._engine = engine
        self._hits = hits
        self._builds = builds

    def look(self, asked: Request, raw: bytes = b"") -> Answer | None:
        """Return the stored answer, or None. Its request bytes are learnt.

        Raises:
            GoeswithError: the question cannot be read, or the index cannot be used.
        """
        versions = self._engine.versions
        found = self._engine.look(asked)
        if found is not None and raw and found.cache.tier != "paraphrase":
            self._learn(asked, raw, found, versions)
        return found

    def _learn(self, asked: Request, raw: bytes, found: Answer, versions: Versions) -> None:
        """Let request bytes be answered early from now on, if all get the same answer to them."""
        if asked.profile is not None or asked.include or asked.basket:
            return
        question, key = self._engine.read(asked)
        if key == found.cache.key and not is_personal(question.text):
            known = Known(versions, key, question.text, question.canonical, question.locale)
            self._hits.learn(raw, known)

    def read(self, asked: Request) -> Understood:
        """Read the question, to have it built.

        Raises:
            GoeswithError: the question cannot be read, or the index cannot be used.
        """
        question, key = self._engine.read(asked)
        return Understood(asked, question.text, key)

    async def ask(self, understood: Understood) -> Answer:
        """Return the answer, built once for all who ask for it now.

        Raises:
            HttpError: too many builds wait.
            GoeswithError: the index cannot be used.
        """
        answer = await self._builds.do(understood.flight, ASK, understood.asked)
        return self._taken_in(understood, answer)

    def join(self, understood: Understood) -> Flight[Answer]:
        """Return the flight of a build, to hear its steps. Call `leave` afterwards.

        Raises:
            HttpError: too many builds wait.
        """
        return self._builds.join(understood.flight, ASK, understood.asked)

    def leave(self, understood: Understood, flight: Flight[Answer]) -> None:
        """Stop waiting for a flight."""
        self._builds.leave(understood.flight, flight)

    def landed(self, understood: Understood, flight: Flight[Answer]) -> Answer:
        """Return the answer of a flight that has landed."""
        return self._taken_in(understood, flight.result.result())

    def _taken_in(self, understood: Understood, answer: Answer) -> Answer:
        """Return an answer in the words of who asked."""
        # Where another process built it, this one has it in memory from now on.
        self._engine.hit(answer.cache.key, self._engine.versions)
        return Answer(understood.question, answer.body, answer.cache, answer.cost)


def _is_plain(asked: Request) -> bool:
    """Tell whether the answer is the stored bytes for everybody who asks."""
    return asked.profile is None and not asked.include
