"""What a service and the process that builds for it say to each other, and how.

A message is four bytes of length and msgpack of that length. Both ends are of one package and one
machine; all the same a message is read into its type, and nothing in it is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from goeswith.cache import CacheError
from goeswith.engine import errors
from goeswith.engine.budget import Budget
from goeswith.engine.errors import GoeswithError
from goeswith.engine.request import Request
from goeswith.engine.serving.background import BackgroundCounts
from goeswith.engine.settings import Settings

LONGEST = 64 * 2**20
"""Bytes a message may have: thousands of times what an answer takes."""

_HEAD = 4


class Start(msgspec.Struct, frozen=True, tag=True):
    """The first message: with which settings, and how many works at a time."""

    settings: Settings
    most: int


class Do(msgspec.Struct, frozen=True, tag=True):
    """Do a work. `argument` is msgpack of what the work takes."""

    id: int
    work: str
    argument: msgspec.Raw
    trace: str


class Mend(msgspec.Struct, frozen=True, tag=True):
    """Build again, in the background, what an ask found stale or cut short."""

    name: str
    request: Request
    budget: Budget


class Begun(msgspec.Struct, frozen=True, tag=True):
    """The home is open, works may come."""


class Step(msgspec.Struct, frozen=True, tag=True):
    """A step of a work, as JSON."""

    id: int
    name: str
    data: bytes


class Done(msgspec.Struct, frozen=True, tag=True):
    """What a work gave, as msgpack of what it gives."""

    id: int
    result: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A work ended with an error, or all did: with the id 0 the home cannot be opened."""

    id: int
    error: str
    message: str


class State(msgspec.Struct, frozen=True, tag=True):
    """How the process is. `counts` is None where nothing is done in the background."""

    breakers: list[tuple[str, str]]
    counts: BackgroundCounts | None


ToBuilder = Start | Do | Mend
Report = Step | Done | Failed | State
ToService = Begun | Report


class WorkError(Exception):
    """A work ended with an error that nobody foresaw. The log of the process that did it has it."""


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _typed(kind: type, value: object) -> object:
    if issubclass(kind, Path) and isinstance(value, str):
        return kind(value)
    raise NotImplementedError(kind)


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
read_order = msgspec.msgpack.Decoder(ToBuilder, dec_hook=_typed).decode
read_report = msgspec.msgpack.Decoder(ToService).decode


@cache
def _decoder(kind: object) -> msgspec.msgpack.Decoder[object]:
    return msgspec.msgpack.Decoder(kind)


def unpacked(kind: object, packed: msgspec.Raw) -> object:
    """Return an argument or a result of a work, which is of this kind.

    Raises:
        msgspec.MsgspecError: it is not.
    """
    return _decoder(kind).decode(packed)


def framed(message: ToBuilder | ToService) -> bytes:
    """Return a message as it is sent."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_HEAD, "big") + body


class Frames:
    """Cuts what came over a stream into messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give the messages that are whole now, with what came.

        Raises:
            ValueError: a message is longer than any that is sent.
        """
        self._held += data
        while len(self._held) >= _HEAD:
            length = int.from_bytes(self._held[:_HEAD], "big")
            if length > LONGEST:
                raise ValueError(f"A message says that it has {length} bytes.")
            if len(self._held) < _HEAD + length:
                return
            message = bytes(self._held[_HEAD : _HEAD + length])
            del self._held[: _HEAD + length]
            yield message


_FORESEEN: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (*vars(errors).values(), CacheError)
    if isinstance(kind, type) and issubclass(kind, GoeswithError | CacheError)
}


def failed(number: int, error: Exception) -> Failed:
    """Return the message of an error. The words of one that nobody foresaw are not told."""
    for kind in type(error).__mro__:
        if kind.__name__ in _FORESEEN:
            return Failed(number, kind.__name__, str(error))
    return Failed(number, type(error).__name__, "")


def error_of(message: Failed) -> Exception:
    """Return the error that a message tells of."""
    foreseen = _FORESEEN.get(message.error)
    return WorkError(message.error) if foreseen is None else foreseen(message.message)
