"""Reads requests, strictly: caps, types, unknown fields, control characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from goeswith.engine.errors import RequestError
from goeswith.engine.http.errors import (
    bad_request,
    headers_too_large,
    invalid,
    too_large,
    unsupported_media_type,
    uri_too_long,
)
from goeswith.engine.http.shapes import PLAIN
from goeswith.engine.request import Include, Request, Sku

S = TypeVar("S", bound=msgspec.Struct)

MOST_BODY = 64 * 1024
MOST_HEAD = 16 * 1024
MOST_URI = 8 * 1024
MOST_FIELDS = 200

Text = Annotated[str, Meta(max_length=2_000, pattern=PLAIN)]
Locale = Annotated[str, Meta(max_length=64, pattern=PLAIN)]


class AskQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An ask as the query of a URL. `basket` and `include` may be repeated."""

    question: Text
    locale: Locale = "en"
    basket: Annotated[tuple[Sku, ...], Meta(max_length=100)] = ()
    include: Annotated[tuple[Include, ...], Meta(max_length=8)] = ()

    def request(self) -> Request:
        """Return it as an ask."""
        return Request(self.question, self.locale, self.basket, include=self.include)


_LISTS = ("basket", "include")
_asks = msgspec.json.Decoder(Request)


def check_head(scope: Scope) -> None:
    """Refuse a head that is over the caps."""
    if len(scope["path"]) + len(scope["query_string"]) > MOST_URI:
        raise uri_too_long(MOST_URI)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEAD:
        raise headers_too_large(MOST_HEAD)


def check_length(headers: dict[bytes, bytes], limit: int = MOST_BODY) -> None:
    """Refuse a body that says it is over the cap, before any of it is read."""
    told = headers.get(b"content-length", b"0")
    if len(told) > 9 or not told.isdigit() or int(told) > limit:
        raise too_large(limit)


def check_json(headers: dict[bytes, bytes]) -> None:
    """Refuse a body that is not JSON by its own account.

    A browser sends JSON to another site only after asking it, so this also keeps pages of other
    sites from posting here.
    """
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise unsupported_media_type()


async def read_body(receive: Receive, limit: int = MOST_BODY) -> bytes:
    """Return the body.

    Raises:
        HttpError: it is over the cap.
        ClientDisconnect: the client left.
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return body


def read_json(decoder: msgspec.json.Decoder[S], raw: bytes) -> S:
    """Read a body.

    Raises:
        HttpError: it is no JSON, a field is unknown, or a value is out of bounds.
    """
    try:
        read = decoder.decode(raw)
        refuse_controls(msgspec.to_builtins(read))
    except RequestError as error:
        raise invalid(str(error)) from None
    except msgspec.ValidationError as error:
        raise invalid(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_request("The body is not a JSON object in UTF-8.") from None
    return read


def read_query(kind: type[S], query: bytes, lists: tuple[str, ...] = ()) -> S:
    """Read the query of a URL. Only the names in `lists` may stand there twice.

    Raises:
        HttpError: a name is unknown or repeated, or a value is out of bounds.
    """
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise bad_request("The query of the URL cannot be read.") from None
    found: dict[str, str | list[str]] = {name: [] for name in lists}
    for name, value in pairs:
        many = found.get(name)
        if isinstance(many, list):
            many.append(value)
        elif many is None:
            found[name] = value
        else:
            raise invalid("A field of the query stands there twice.")
    refuse_controls(found)
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"{error}.") from None


def read_path(kind: type[S], fields: Mapping[str, str]) -> S:
    """Read what stands in the path of a URL.

    Raises:
        HttpError: a value is out of bounds.
    """
    refuse_controls(dict(fields))
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise invalid(f"{error}.") from None


def ask_of_body(raw: bytes) -> Request:
    """Read the body of POST /v1/ask."""
    return read_json(_asks, raw)


def ask_of_query(query: bytes) -> Request:
    """Read the query of GET /v1/ask."""
    try:
        return read_query(AskQuery, query, _LISTS).request()
    except RequestError as error:
        raise invalid(str(error)) from None


def refuse_controls(value: object) -> None:
    """Refuse text with control characters, wherever it stands in plain data.

    Raises:
        HttpError: there is one.
    """
    if isinstance(value, str):
        if not value.isprintable() and any(char < " " or char == "\x7f" for char in value):
            raise invalid("A text holds control characters. Send plain text.")
    elif isinstance(value, dict):
        for name, item in value.items():
            refuse_controls(name)
            refuse_controls(item)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_controls(item)
