"""The [lm] settings, and the language model they lead to."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from goeswith.engine.errors import SettingsError

if TYPE_CHECKING:
    from goeswith.prompts import LMSettings

_ENV_NAME: Final = {"allowed": "the name of an environment variable, in capitals", "hidden": True}
_URL: Final = {"allowed": "a http or https address without user, password or query", "hidden": True}
_NAME: Final = {"allowed": "a model name without spaces"}
_NAMED: Final = r"^[^\s\x00-\x1f]*\Z"
_ADDRESS: Final = r"^(https?://[^\s@?#\x00-\x1f]+)?\Z"
_VARIABLE: Final = r"^([A-Z_][A-Z0-9_]*)?\Z"


class LM(msgspec.Struct, frozen=True):
    """Which language model to ask. Without a model the engine plans from what it knows."""

    model: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=_NAMED,
            description="Model name as `dspy.LM` takes it, empty for none.",
            extra=_NAME,
        ),
    ] = ""
    api_base: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=_ADDRESS,
            description="Address of an OpenAI-compatible server; empty for the provider's own.",
            extra=_URL,
        ),
    ] = ""
    api_key_env: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=_VARIABLE,
            description="Name of the environment variable that holds the key, never the key.",
            extra=_ENV_NAME,
        ),
    ] = ""
    fallback_model: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=_NAMED,
            description="Model to ask where the first fails, empty for none.",
            extra=_NAME,
        ),
    ] = ""
    fallback_api_base: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=_ADDRESS,
            description="Its address; empty for the provider's own.",
            extra=_URL,
        ),
    ] = ""
    fallback_api_key_env: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=_VARIABLE,
            description="Name of the environment variable that holds its key.",
            extra=_ENV_NAME,
        ),
    ] = ""
    schema: Annotated[
        Literal["auto", "json_schema", "json_object", "none"],
        Meta(
            description="How the form of a reply is asked of the server; `auto` begins with the "
            "strictest and learns what is refused."
        ),
    ] = "auto"
    temperature: Annotated[
        float, Meta(ge=0.0, le=2.0, description="Sampling temperature; dropped where refused.")
    ] = 0.0
    timeout_s: Annotated[
        float, Meta(ge=0.1, le=600.0, description="Seconds one try may take, inside the deadline.")
    ] = 30.0
    retries: Annotated[
        int, Meta(ge=0, le=10, description="Tries after the first, each one a call of the budget.")
    ] = 2
    concurrency: Annotated[
        int, Meta(ge=1, le=256, description="Calls under way at once in one process.")
    ] = 8
    hedge_after_s: Annotated[
        float,
        Meta(ge=0.0, le=600.0, description="Seconds until a second try runs beside; 0 is never."),
    ] = 0.0
    price_in: Annotated[
        float,
        Meta(
            ge=0.0,
            le=10_000.0,
            description="US dollars for a million prompt tokens; 0 takes the list price, if known.",
        ),
    ] = 0.0
    price_out: Annotated[
        float,
        Meta(
            ge=0.0,
            le=10_000.0,
            description="US dollars for a million reply tokens; 0 takes the list price, if known.",
        ),
    ] = 0.0
    calls_per_day: Annotated[
        int, Meta(ge=0, le=100_000_000, description="LM calls of a home a day (UTC); 0 is no cap.")
    ] = 20_000
    usd_per_day: Annotated[
        float,
        Meta(ge=0.0, le=1_000_000.0, description="US dollars of a home a day (UTC); 0 is no cap."),
    ] = 20.0


def lm_settings(chosen: LM) -> LMSettings | None:
    """Return how to reach the model, None when none is set. Loads no client and no DSPy.

    Raises:
        SettingsError: the settings lead nowhere, or what asks a model is not installed.
    """
    if not chosen.model:
        return None
    from goeswith.prompts import LMSettings, LMSettingsError
    from goeswith.prompts.settings import route

    if find_spec("dspy") is None or find_spec("httpx") is None:
        raise SettingsError(
            '[lm] model is set, but DSPy is not installed. Run: pip install "goeswith[lm]"'
        )
    first = LMSettings(
        model=chosen.model,
        api_base=chosen.api_base,
        api_key_env=chosen.api_key_env,
        schema=chosen.schema,
        temperature=chosen.temperature,
        timeout=chosen.timeout_s,
        retries=chosen.retries,
        concurrency=chosen.concurrency,
        hedge_after=chosen.hedge_after_s or None,
        price_in=chosen.price_in or None,
        price_out=chosen.price_out or None,
    )
    chain = [first]
    if chosen.fallback_model:
        second = msgspec.structs.replace(
            first,
            model=chosen.fallback_model,
            api_base=chosen.fallback_api_base,
            api_key_env=chosen.fallback_api_key_env,
            hedge_after=None,
            price_in=None,
            price_out=None,
        )
        chain.append(second)
    try:
        for one in chain:
            route(one)
    except LMSettingsError as error:
        raise SettingsError(str(error)) from error
    return msgspec.structs.replace(first, fallback=chain[1]) if len(chain) > 1 else first
