"""Provider batch files (OpenAI's JSONL format): requests out, replies in, at batch prices.

A `BatchTransport` stands where the network would. A request whose reply was read is answered with
it; any other is written down and deferred. Work that waits for several replies one after the other
is simply run again when the next replies are there: what was answered before is answered again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from goeswith.prompts.errors import CallError, LMSettingsError
from goeswith.prompts.lm import LM
from goeswith.prompts.settings import LMSettings, route
from goeswith.prompts.transport import HttpTransport, Sent, Wire, read_completion

URL = "/v1/chat/completions"
MAX_LINE = 4_000_000
"""Bytes of one line of a replies file. A longer one is a bad line."""


class Imported(NamedTuple):
    """What a replies file held.

    replies: the chat completion of each request by its custom id, as JSON. bad: lines that are no
    reply of a batch. failed: requests the provider could not answer; they are asked again.
    """

    replies: dict[str, bytes]
    bad: int
    failed: int


class BatchTransport:
    """Answers from replies; writes down what has none yet. See `goeswith.prompts.transport`.

    Attributes:
        requests: Bodies that have no reply yet, as JSON, by custom id.
        answered: Requests that were answered.
        deferred: How often a request had to be put off.
    """

    def __init__(self, inner: HttpTransport, replies: Mapping[str, bytes]) -> None:
        self._inner = inner
        self._replies = replies
        self.requests: dict[str, bytes] = {}
        self.answered = self.deferred = 0

    def body(self, wire: Wire) -> dict[str, object]:
        """Return the request's body as a provider gets it."""
        return self._inner.body(wire)

    async def send(self, wire: Wire) -> Sent:
        """Answer a request. Raises CallError "deferred" where no reply was read."""
        body = msgspec.json.encode(self.body(wire), order="sorted")
        name = custom_id(body)
        reply = self._replies.get(name)
        if reply is None:
            self.requests[name] = body
            self.deferred += 1
            raise CallError("deferred", "the request waits for a provider's batch")
        self.answered += 1
        return read_completion(reply)

    async def close(self) -> None:
        """Nothing is open."""


def custom_id(body: bytes) -> str:
    """Return the name of a request: a digest of its body, so equal requests are asked once."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def batch_lm(
    settings: LMSettings, replies: Mapping[str, bytes], environ: Mapping[str, str] = os.environ
) -> tuple[LM, BatchTransport]:
    """Return a model that is asked by batch file, with the version of the model asked live.

    Raises:
        LMSettingsError: the settings cannot be used.
    """
    batch = BatchTransport(HttpTransport(settings, route(settings), environ), replies)
    chain = (batch, batch) if settings.fallback else (batch,)
    return LM(settings, transports=chain), batch


class _Line(msgspec.Struct):
    custom_id: str
    response: _Response | None = None


class _Response(msgspec.Struct):
    status_code: int
    body: msgspec.Raw = msgspec.Raw(b"")


def read_replies(path: Path) -> Imported:
    """Read a provider's output file. The first reply to a request stands.

    Replies are data: a line that is no reply is counted, never believed, and what a reply says is
    checked where any reply is.

    Raises:
        LMSettingsError: the file cannot be read.
    """
    replies: dict[str, bytes] = {}
    bad = failed = 0
    decoder = msgspec.json.Decoder(_Line)
    for line in _lines(path):
        try:
            item = decoder.decode(line) if len(line) <= MAX_LINE else None
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            item = None
        if item is None or not _is_id(item.custom_id):
            bad += 1
        elif item.response is None or item.response.status_code != 200:
            failed += 1
        elif _is_completion(body := bytes(item.response.body)):
            replies.setdefault(item.custom_id, body)
        else:
            bad += 1
    return Imported(replies, bad, failed)


def write_requests(path: Path, requests: Mapping[str, bytes]) -> int:
    """Write a batch file, whole or not at all. Returns the number of requests.

    The file may hold what shoppers typed: only its owner can read it.

    Raises:
        LMSettingsError: the file cannot be written.
    """
    return _write(
        path,
        (
            msgspec.json.encode(
                {"custom_id": name, "method": "POST", "url": URL, "body": msgspec.Raw(body)}
            )
            for name, body in sorted(requests.items())
        ),
    )


class ReplyStore:
    """Replies of earlier rounds, kept until the work they belong to is done.

    Args:
        path: A file in the same format as a provider's output.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.replies = read_replies(path).replies if path.exists() else {}

    def add(self, replies: Mapping[str, bytes]) -> None:
        """Keep replies. Raises LMSettingsError where the file cannot be written."""
        self.replies = {**replies, **self.replies}
        _write(
            self._path,
            (
                msgspec.json.encode(
                    {
                        "custom_id": name,
                        "response": {"status_code": 200, "body": msgspec.Raw(body)},
                    }
                )
                for name, body in sorted(self.replies.items())
            ),
        )

    def clear(self) -> None:
        """Forget the replies: everything they were for is done."""
        self._path.unlink(missing_ok=True)


def _write(path: Path, lines: Iterable[bytes]) -> int:
    count = 0
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for line in lines:
                file.write(line + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise LMSettingsError(
            f"The batch file {path} cannot be written: {error.strerror}. Give another place."
        ) from error
    return count


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield line
    except OSError as error:
        raise LMSettingsError(f"The batch file {path} cannot be read: {error.strerror}.") from error


def _is_id(name: str) -> bool:
    return len(name) == 32 and all(c in "0123456789abcdef" for c in name)


def _is_completion(body: bytes) -> bool:
    try:
        read_completion(body)
    except CallError as error:
        return error.reason == "refused"
    return True
