"""A program: one question asked of a model, read strictly, repaired at most once."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import importlib
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from goeswith.prompts.errors import CallError, Failed, FailReason
from goeswith.prompts.lm import LM, Call
from goeswith.prompts.question import Message, Question, compiled, messages
from goeswith.prompts.reply import Json, ReplyError, read_object

if TYPE_CHECKING:
    from types import ModuleType

A = TypeVar("A")
R = TypeVar("R")


class UntrustedError(ReplyError):
    """A reply is well formed but says yes to what is certainly false. It is not repaired."""


@dataclasses.dataclass(frozen=True)
class Program(Generic[A, R]):
    """One question asked of a model.

    `inputs` lays an asking out as the question's inputs. `read` turns the fields of a reply into
    the result or raises ReplyError; it never lets through an id or a word that was not given.
    `room` is the reply's bound in tokens. `spared` answers without asking where nothing is asked,
    else returns None.
    """

    question: Question
    inputs: Callable[[A], dict[str, object]]
    read: Callable[[A, Json], R]
    room: Callable[[A], int]
    spared: Callable[[A], R | None]

    @property
    def name(self) -> str:
        """The question's name."""
        return self.question.name

    @property
    def version(self) -> str:
        """Digest of signature, compiled state and adapter."""
        return _version(self.question)

    def ask(self, lm: LM, asking: A, call: Call) -> R | Failed:
        """Ask and wait. Never raises for what a model or a network does."""
        left = None if call.deadline is None else call.deadline - lm.clock()
        try:
            return lm.loop.wait(lm.loop.submit(self._ask(lm, asking, call)), left)
        except CallError as error:
            return Failed(error.reason, error.detail)

    async def aask(self, lm: LM, asking: A, call: Call) -> R | Failed:
        """Ask from an event loop. Cancelling stops the request in flight."""
        try:
            return await lm.loop.await_(self.submit(lm, asking, call))
        except CallError as error:
            return Failed(error.reason, error.detail)

    def submit(self, lm: LM, asking: A, call: Call) -> Future[R | Failed]:
        """Ask in the background. The future may be cancelled from any thread."""
        return lm.loop.submit(self._ask(lm, asking, call))

    def parse(self, asking: A, text: str) -> R | Failed:
        """Read a reply that came another way (a provider's batch file). Never raises."""
        try:
            return self.read(asking, read_object(text, self.question.fields))
        except ReplyError as error:
            return Failed(_reason(error), str(error))

    def messages(self, asking: A) -> list[Message]:
        """Return the chat messages of an asking, as `ask` sends them."""
        instructions, demos = compiled(self.question.state())
        return messages(self.question, self.inputs(asking), instructions=instructions, demos=demos)

    def body(self, lm: LM, asking: A) -> dict[str, object]:
        """Return the request body of an asking, for a provider's batch file."""
        return lm.body(self.messages(asking), self.question.schema(), self.room(asking))

    def _ask(self, lm: LM, asking: A, call: Call) -> Coroutine[object, object, R | Failed]:
        room = call.cap or self.room(asking)
        return self._bounded(lm, asking, dataclasses.replace(call, cap=room))

    async def _bounded(self, lm: LM, asking: A, call: Call) -> R | Failed:
        if (result := self.spared(asking)) is not None:
            return result
        left = None if call.deadline is None else call.deadline - lm.clock()
        try:
            async with asyncio.timeout(left):
                return await self._rounds(lm, asking, call)
        except TimeoutError:
            return Failed("deadline", "the model was still busy")
        except CallError as error:
            return Failed(error.reason, error.detail)

    async def _rounds(self, lm: LM, asking: A, call: Call) -> R | Failed:
        """Ask, and ask once more with the error when the reply cannot be used."""
        side = await _dspy_side()
        predict = _predictor(self.question)
        inputs = self.inputs(asking)
        refused: tuple[str, str] | None = None
        while True:
            try:
                text, fields = await side.ask(
                    lm, self.question, predict, inputs, call=call, refused=refused
                )
                if isinstance(fields, ReplyError):
                    raise fields
                return self.read(asking, fields)
            except ReplyError as error:
                if refused is not None or isinstance(error, UntrustedError):
                    return Failed(_reason(error), str(error))
                refused = (text, str(error))
            except CallError as error:
                if refused is None:
                    raise
                return Failed("bad_reply", f"{refused[1]} The repair failed: {error.reason}.")


def preload() -> None:
    """Load DSPy and the HTTP client now, so that the first asking does not pay for it."""
    importlib.import_module("goeswith.prompts._dspy")
    importlib.import_module("httpx")


async def _dspy_side() -> ModuleType:
    name = "goeswith.prompts._dspy"
    if name not in sys.modules:
        await asyncio.to_thread(preload)
    return importlib.import_module(name)


def _reason(error: ReplyError) -> FailReason:
    return "untrusted_reply" if isinstance(error, UntrustedError) else "bad_reply"


@functools.cache
def _version(question: Question) -> str:
    return question.version()


@functools.cache
def _predictor(question: Question) -> object:
    from goeswith.prompts._dspy import predictor

    return predictor(question, question.state())
