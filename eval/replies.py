"""Replies of a language model, recorded once and replayed: the same request gets the same reply.

The file is JSONL. The first line says which model replied and what it costs; each other line is a
reply by the digest of its request (messages and schema). Nothing of a request is kept.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.eval.errors import EvalError
from goeswith.eval.wanted import Wanted

if TYPE_CHECKING:
    from goeswith.prompts import LM, LMSettings
    from goeswith.prompts.transport import Sent, Transport, Wire

NOWHERE = "http://127.0.0.1:9/v1"
"""The address of a model that is only replayed; nothing is ever sent there."""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which model replied; US dollars for a million prompt and reply tokens."""

    model: str
    price_in: float = 0.0
    price_out: float = 0.0


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reply by the digest of its request."""

    key: str
    text: str
    tokens_in: int
    tokens_out: int
    truncated: bool = False


def key_of(wire: Wire) -> str:
    """Return the digest of a request."""
    raw = msgspec.json.encode((wire.messages, wire.schema), order="deterministic")
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def read_replies(file: Path) -> tuple[Head, dict[str, Reply]]:
    """Read a recording.

    Raises:
        EvalError: there is none, or a line is not as expected.
    """
    try:
        first, *rest = file.read_bytes().splitlines()
        head = msgspec.json.decode(first, type=Head)
        replies = [msgspec.json.decode(line, type=Reply) for line in rest]
    except OSError as error:
        raise EvalError(f"{file} cannot be read: {error.strerror or error}.") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise EvalError(f"{file} is no recording of an LM's replies: {error}.") from error
    return head, {reply.key: reply for reply in replies}


class Replay:
    """A transport that gives recorded replies. A request that was not recorded fails.

    `missing` counts those; with `wanted` they are written down as well.
    """

    def __init__(self, replies: dict[str, Reply], wanted: Wanted | None = None) -> None:
        self._replies = replies
        self._wanted = wanted
        self.missing = 0

    async def send(self, wire: Wire) -> Sent:
        """Return the recorded reply."""
        from goeswith.prompts.errors import CallError
        from goeswith.prompts.transport import Sent

        reply = self._replies.get(key_of(wire))
        if reply is None:
            self.missing += 1
            if self._wanted is not None:
                self._wanted.add(key_of(wire), wire)
            raise CallError("not_configured", "the reply was not recorded")
        return Sent(reply.text, reply.tokens_in, reply.tokens_out, reply.truncated)

    async def close(self) -> None:
        """Nothing is open."""

    def body(self, wire: Wire) -> dict[str, object]:
        """Return what would be sent."""
        return {"messages": wire.messages}


class Recorder:
    """A transport that passes requests on and keeps what comes back."""

    def __init__(self, inner: Transport, file: Path, head: Head) -> None:
        """Keep replies in `file`, behind those that are there.

        Raises:
            EvalError: the file cannot be written.
        """
        self._inner = inner
        self._file = file
        if not file.exists() or not file.stat().st_size:
            self._write(head)

    async def send(self, wire: Wire) -> Sent:
        """Ask, and keep the reply. What fails is not kept."""
        sent = await self._inner.send(wire)
        self._write(
            Reply(
                key_of(wire), sent.text, sent.tokens_in or 0, sent.tokens_out or 0, sent.truncated
            )
        )
        return sent

    async def close(self) -> None:
        """Close the transport behind this one."""
        await self._inner.close()

    def body(self, wire: Wire) -> dict[str, object]:
        """Return what would be sent."""
        return self._inner.body(wire)

    def _write(self, line: Head | Reply) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as out:
                out.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise EvalError(
                f"{self._file} cannot be written: {error.strerror or error}."
            ) from error


def replaying(file: Path, missing: Path | None = None) -> LM:
    """Return a model that replays a recording.

    Args:
        file: the recording.
        missing: where requests that it lacks are written; nowhere when None.

    Raises:
        EvalError: the recording cannot be used, or what asks a model is not installed.
    """
    head, replies = read_replies(file)
    _installed()
    from goeswith.prompts import LM, LMSettings

    settings = LMSettings(
        model=f"replayed/{head.model}",
        api_base=NOWHERE,
        price_in=head.price_in,
        price_out=head.price_out,
        retries=0,
    )
    wanted = None if missing is None else Wanted(missing, head.model)
    return LM(settings, transports=(Replay(replies, wanted),))


def recording(settings: LMSettings, file: Path) -> LM:
    """Return a model that is asked as the settings say, and whose replies are kept.

    Raises:
        EvalError: the file cannot be written, or what asks a model is not installed.
    """
    _installed()
    from goeswith.prompts import LM
    from goeswith.prompts.settings import price, route
    from goeswith.prompts.transport import HttpTransport

    inner = HttpTransport(settings, route(settings), os.environ)
    costs = price(settings)
    head = Head(settings.model, costs[0] * 1e6, costs[1] * 1e6)
    alone = msgspec.structs.replace(settings, fallback=None)
    return LM(alone, transports=(Recorder(inner, file, head),))


def _installed() -> None:
    from importlib.util import find_spec

    if find_spec("dspy") is None or find_spec("httpx") is None:
        raise EvalError('What asks a model is not installed. Run: pip install "goeswith[lm]"')
