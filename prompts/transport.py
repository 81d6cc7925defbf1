"""One try at an OpenAI-compatible chat completion over HTTP. No retries, no waits of its own."""

from __future__ import annotations

import asyncio
import email.utils
import math
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from goeswith.prompts.clean import plain
from goeswith.prompts.errors import CallError, FailReason
from goeswith.prompts.question import Message
from goeswith.prompts.settings import LMSettings, Route

if TYPE_CHECKING:
    import httpx

_MAX_BODY = 4_000_000
_LEVELS = ("json_schema", "json_object", "none")


class Wire(msgspec.Struct, frozen=True):
    """What one try sends. `cap` bounds the reply's tokens, `schema` is its JSON Schema."""

    messages: list[Message]
    schema: dict[str, object]
    cap: int


class Sent(msgspec.Struct, frozen=True):
    """What one try got. Token counts are None where the server does not tell."""

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    truncated: bool = False


class AdaptedError(CallError):
    """The server refused a parameter that is now left out. Another try may work at once."""


class Transport(Protocol):
    """One try at a model."""

    async def send(self, wire: Wire) -> Sent:
        """Return the reply. Raises CallError. May be cancelled at any moment."""

    async def close(self) -> None:
        """Give back connections."""

    def body(self, wire: Wire) -> dict[str, object]:
        """Return what would be sent, as an OpenAI chat completion's body."""


class HttpTransport:
    """OpenAI-compatible HTTP through httpx. Learns which parameters a server refuses."""

    def __init__(self, settings: LMSettings, route: Route, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._route = route
        self._environ = environ
        self._client: httpx.AsyncClient | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        self._level = 0 if settings.schema == "auto" else _LEVELS.index(settings.schema)
        self._cap_field = route.reply_cap
        self._temperature = settings.temperature
        self._swapped = False

    def __repr__(self) -> str:
        return f"HttpTransport({self._route.model!r})"

    def body(self, wire: Wire) -> dict[str, object]:
        """Return the request's body as it is sent now."""
        body: dict[str, object] = {"model": self._route.model, "messages": wire.messages}
        body[self._cap_field] = wire.cap
        if self._temperature is not None:
            body["temperature"] = self._temperature
        if _LEVELS[self._level] == "json_schema":
            schema = {"name": "reply", "strict": True, "schema": wire.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif _LEVELS[self._level] == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body | dict(self._settings.extra)

    async def send(self, wire: Wire) -> Sent:
        """Make one request and read its reply."""
        import httpx

        key = self._key()
        headers = {"content-type": "application/json", "accept": "application/json"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        if self._client is None or self._home is not asyncio.get_running_loop():
            self._home = asyncio.get_running_loop()
            most = self._settings.concurrency * (2 if self._settings.hedge_after else 1)
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=min(10.0, self._settings.timeout)),
                limits=httpx.Limits(max_connections=most, max_keepalive_connections=most),
            )
        content = msgspec.json.encode(self.body(wire))
        try:
            async with self._client.stream(
                "POST", self._route.url, content=content, headers=headers
            ) as response:
                raw = bytearray()
                async for chunk in response.aiter_bytes():
                    raw += chunk
                    if len(raw) > _MAX_BODY:
                        raise CallError("bad_reply", "the server's reply is too large")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CallError("unreachable", type(error).__name__) from None
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response.status_code, response.headers, bytes(raw), key)
        return read_completion(bytes(raw))

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _key(self) -> str:
        name = self._route.api_key_env
        if not name:
            return ""
        key = self._environ.get(name, "").strip()
        if not key:
            raise CallError("not_configured", f"the environment variable {name} is not set")
        if not key.isascii() or not key.isprintable():
            raise CallError(
                "not_configured", f"the environment variable {name} holds no usable key"
            )
        return key

    def _refusal(self, status: int, headers: Mapping[str, str], raw: bytes, key: str) -> CallError:
        words = raw[:4000].decode("utf-8", "replace")
        if status in (400, 422) and (changed := self._adapt(words.lower())):
            return AdaptedError("refused", f"the server does not know {changed}")
        reason: FailReason = "refused"
        if status == 429:
            reason = "refused" if "insufficient_quota" in words else "rate_limited"
        elif status in (408, 409, 425) or status >= 500:
            reason = "server"
        return CallError(reason, f"HTTP {status} {_safe(words, key)}".strip(), _after(headers))

    def _adapt(self, words: str) -> str:
        if "context length" in words or "context window" in words or "maximum context" in words:
            return ""
        if self._temperature is not None and "temperature" in words:
            self._temperature = None
            return "temperature"
        if not self._swapped and re.search(r"max_(completion_)?tokens", words):
            self._swapped = True
            swap = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
            self._cap_field = swap[self._cap_field]
            return "the name of the reply's cap"
        if self._settings.schema == "auto" and self._level < len(_LEVELS) - 1:
            self._level += 1
            return f"response_format {_LEVELS[self._level - 1]}"
        return ""


def read_completion(raw: bytes) -> Sent:
    """Read a chat completion as servers send it. Raises CallError."""
    try:
        value = msgspec.json.decode(raw, type=_Completion)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise CallError("bad_reply", "the server's reply is not a chat completion") from None
    if not value.choices:
        raise CallError("server", "the server's reply holds no choice")
    choice = value.choices[0]
    if choice.finish_reason == "content_filter" or choice.message.refusal:
        raise CallError("refused", "the model declined")
    content = choice.message.content
    if isinstance(content, list):
        content = "".join(part.text for part in content)
    usage = value.usage or _Usage()
    return Sent(
        content or "",
        usage.prompt_tokens,
        usage.completion_tokens,
        choice.finish_reason == "length",
    )


class _Part(msgspec.Struct):
    text: str = ""


class _Said(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Said
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None


def _after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), or None."""
    if ms := headers.get("retry-after-ms"):
        return _seconds(ms, 1e-3)
    value = headers.get("retry-after")
    if value is None:
        return None
    if (seconds := _seconds(value, 1.0)) is not None:
        return seconds
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())


def _seconds(value: str, unit: float) -> float | None:
    try:
        seconds = float(value) * unit
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _safe(words: str, key: str) -> str:
    """Return the error's own code only: messages may echo the key or the prompt."""
    found = re.search(r'"(?:code|type)"\s*:\s*"([A-Za-z0-9_.-]{1,60})"', words)
    code = plain(found.group(1), 60) if found else ""
    return "" if key and key in code else code
