"""Settings of the offline cache: how long, how much, where else."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

_ENV_NAME: Final = {"allowed": "the name of an environment variable, in capitals", "hidden": True}


class Cache(msgspec.Struct, frozen=True):
    """How long and how much is kept."""

    ttl_s: Annotated[
        int, Meta(ge=1, le=31_536_000, description="Seconds a complete answer may be served.")
    ] = 604_800
    negative_ttl_s: Annotated[
        int,
        Meta(ge=0, le=86_400, description="Seconds an empty answer may be served; 0 keeps none."),
    ] = 300
    stale_s: Annotated[
        int,
        Meta(
            ge=0,
            le=31_536_000,
            description="Seconds for which an answer is still served after that, while it is "
            "refreshed.",
        ),
    ] = 3_600
    error_s: Annotated[
        int,
        Meta(
            ge=0,
            le=31_536_000,
            description="Seconds for which it is kept after that, to be served when a build fails.",
        ),
    ] = 604_800
    partial_ttl_s: Annotated[
        int,
        Meta(
            ge=0, le=86_400, description="Seconds an answer that was cut short may be served again."
        ),
    ] = 600
    paraphrase: Annotated[
        Literal["on", "off"],
        Meta(description="Serve the answer of a stored question that provably means the same."),
    ] = "on"
    background: Annotated[
        Literal["on", "off"],
        Meta(description="Refresh stale answers, and finish those that were cut short."),
    ] = "on"
    shared_url_env: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=r"^([A-Z_][A-Z0-9_]*)?\Z",
            description="Name of the environment variable that holds the address of a Valkey or "
            "Redis server shared by several hosts, never the address; empty for none.",
            extra=_ENV_NAME,
        ),
    ] = ""
    shared_prefix: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=r"^[A-Za-z0-9_.-]+\Z",
            description="Keeps shops apart that use one shared server.",
            extra={"allowed": "letters, digits, and . _ -"},
        ),
    ] = "goeswith"
    memory_mb: Annotated[
        int, Meta(ge=1, le=1_048_576, description="Answers kept in memory, MiB a process.")
    ] = 64
    disk_mb: Annotated[
        int, Meta(ge=1, le=1_048_576, description="Answers kept on disk, MiB a home.")
    ] = 1_024
    synchronous: Annotated[
        Literal["full", "normal"],
        Meta(
            description="`full` survives a power cut; `normal` writes about ten times faster and "
            "survives a killed process only."
        ),
    ] = "full"
