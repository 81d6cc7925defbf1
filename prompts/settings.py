"""The [lm] settings as data, and what a model name leads to."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from importlib import resources
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from goeswith.prompts.errors import LMSettingsError

SchemaSupport = Literal["auto", "json_schema", "json_object", "none"]


class LMSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach one model. Holds the name of the key's environment variable, never the key.

    `model` is "provider/name" ("openai/gpt-5-mini") or, with `api_base`, any name the server
    knows after "openai/". Times are seconds. `timeout` bounds one try. `retries` counts tries
    after the first. `hedge_after` sends a second try when the first has not been answered by
    then; None is never. `price_in` and `price_out` are US dollars per million tokens.
    `extra` is added to the request's body as it is ({"reasoning_effort": "low"}).
    """

    model: str
    api_base: str = ""
    api_key_env: str = ""
    temperature: float | None = 0.0
    schema: SchemaSupport = "auto"
    timeout: float = 30.0
    retries: int = 2
    concurrency: int = 8
    hedge_after: float | None = None
    price_in: float | None = None
    price_out: float | None = None
    breaker_threshold: int = 5
    breaker_cooldown: float = 10.0
    extra: dict[str, str | int | float | bool] = {}
    fallback: LMSettings | None = None

    @property
    def version(self) -> str:
        """Digest of what decides a reply: models, addresses, temperature, extras."""
        chain = [self] + ([self.fallback] if self.fallback else [])
        parts = [[s.model, s.api_base, s.temperature, s.extra] for s in chain]
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a model name's prefix leads."""

    api_base: str
    api_key_env: str
    reply_cap: str


class Route(msgspec.Struct, frozen=True):
    """A checked way to a model: address, name there, environment variable of the key ("" none)."""

    url: str
    model: str
    api_key_env: str
    reply_cap: str


def route(settings: LMSettings) -> Route:
    """Return where to send requests.

    Raises:
        LMSettingsError: the provider is unknown and no api_base is given, or a value is wrong.
    """
    prefix, slash, name = settings.model.partition("/")
    provider = providers().get(prefix) if slash else None
    if not settings.model.strip() or (slash and not name):
        raise LMSettingsError('Set [lm] model to "provider/name", for example "openai/gpt-5-mini".')
    if provider is None and not settings.api_base:
        raise LMSettingsError(
            f'[lm] model "{settings.model}" names no known provider. Set api_base, or use one of: '
            f"{', '.join(sorted(providers()))}."
        )
    base = settings.api_base or (provider.api_base if provider else "")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LMSettingsError("[lm] api_base must be an http or https address.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise LMSettingsError("[lm] api_base must hold no user name, password, query or fragment.")
    own = bool(settings.api_base)
    return Route(
        url=base.rstrip("/") + "/chat/completions",
        model=name if provider else settings.model,
        api_key_env=settings.api_key_env or (provider.api_key_env if provider and not own else ""),
        reply_cap=provider.reply_cap if provider and not own else "max_tokens",
    )


def price(settings: LMSettings) -> tuple[float, float, bool]:
    """Return US dollars per token for prompt and reply, and whether the price is known."""
    table = _prices()
    listed = table.get(settings.model)
    if settings.price_in is not None or settings.price_out is not None:
        return (settings.price_in or 0.0) / 1e6, (settings.price_out or 0.0) / 1e6, True
    if listed is None or settings.api_base:
        return 0.0, 0.0, False
    return listed[0] / 1e6, listed[1] / 1e6, True


@functools.cache
def providers() -> dict[str, Provider]:
    """Return the table of providers by prefix."""
    return msgspec.convert(tomllib.loads(_table("providers.toml")), dict[str, Provider])


@functools.cache
def _prices() -> dict[str, tuple[float, float]]:
    table = tomllib.loads(_table("prices.toml"))["usd_per_million"]
    return msgspec.convert(table, dict[str, tuple[float, float]])


def _table(name: str) -> str:
    return resources.files("goeswith.prompts").joinpath(name).read_text(encoding="utf-8")
