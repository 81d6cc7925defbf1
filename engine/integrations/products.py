"""Asks an engine in this process, or a service over HTTP, and gives its products one by one."""

from __future__ import annotations

import itertools
import urllib.error
import urllib.request

import msgspec

from goeswith.engine.answer import Body
from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError, SettingsError
from goeswith.engine.model import Chosen, type_name

TIMEOUT_S = 60.0


class Found(msgspec.Struct, frozen=True):
    """A product as a document: what a model reads, how well it is chosen, and where it is from."""

    text: str
    score: float
    metadata: dict[str, str | float | list[str]]


def find(
    question: str, most: int, *, engine: Engine | None, base_url: str, api_key: str
) -> list[Found]:
    """Return at most `most` products, the best of each need first, then the second of each.

    Raises:
        SettingsError: neither an engine nor an address is given, or both are.
        GoeswithError: the question cannot be answered; the message says what to do.
    """
    if (engine is None) == (not base_url):
        raise SettingsError("Give either engine=Engine.open(home) or base_url='http://host:port'.")
    body = engine.ask(question).data() if engine else _fetched(question, base_url, api_key)
    phrases = {need.id: need.phrase for need in body.plan.needs}
    columns = [[(phrases[g.need], product) for product in g.products] for g in body.groups]
    rows = itertools.chain.from_iterable(itertools.zip_longest(*columns))
    return [_found(*item) for item in rows if item is not None][:most]


def _found(need: str, product: Chosen) -> Found:
    kind = type_name(product.product_type)
    return Found(
        f"{product.title}. {product.why}",
        product.score,
        {
            "sku": product.sku,
            "title": product.title,
            "need": need,
            "product_type": kind,
            "score": product.score,
            "why": product.why,
            "edges": list(product.edges),
        },
    )


def _fetched(question: str, base_url: str, api_key: str) -> Body:
    address = f"{base_url.rstrip('/')}/v1/ask"
    if not address.startswith(("http://", "https://")):
        raise SettingsError("base_url must begin with http:// or https://.")
    headers = {"Content-Type": "application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    asked = msgspec.json.encode({"question": question})
    request = urllib.request.Request(address, asked, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            return msgspec.json.decode(response.read(), type=Body)
    except urllib.error.HTTPError as error:
        with error:
            raise GoeswithError(_message(error.read(), error.code)) from None
    except OSError:
        raise GoeswithError(f"Nothing answers at {base_url}. Start it: goeswith serve.") from None
    except msgspec.MsgspecError:
        raise GoeswithError(f"What answers at {base_url} is not goeswith.") from None


class _Fault(msgspec.Struct):
    message: str


class _Refusal(msgspec.Struct):
    error: _Fault


def _message(raw: bytes, status: int) -> str:
    try:
        return msgspec.json.decode(raw, type=_Refusal).error.message
    except msgspec.MsgspecError:
        return f"The service answered {status}."
