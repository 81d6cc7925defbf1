"""What an operator may set about the service. Knows nothing of HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Serve(msgspec.Struct, frozen=True):
    """How questions are answered over HTTP."""

    host: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            pattern=r"^[A-Za-z0-9.:_-]+\Z",
            description="Address to listen on. One that others can reach needs API keys.",
            extra={"allowed": "a host name or an IP address"},
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    ] = 8080
    workers: Annotated[
        int, Meta(ge=1, le=256, description="Processes that serve, all from one cache.")
    ] = 1
    builds: Annotated[
        int,
        Meta(
            ge=1,
            le=256,
            description="New answers a process builds at the same time; without a language model, "
            "which they would wait for, no more than 2.",
        ),
    ] = 8
    builder: Annotated[
        Literal["process", "thread"],
        Meta(
            description="Where a worker builds: in a process of its own beside it, so that hits "
            "do not wait for the interpreter, or in threads of the worker, which takes less memory."
        ),
    ] = "process"
    queue: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="New questions that may wait for a build; more are refused with 503. "
            "Hits never wait.",
        ),
    ] = 64
    keys: Annotated[
        str,
        Meta(
            max_length=100_000,
            pattern=r"^([A-Za-z0-9._-]{1,64}:(read|warm|admin):[0-9a-f]{64}"
            r"(,(?!\Z)|\Z))*\Z",
            description="API keys besides those in the home, as `name:scope:hash` with commas "
            "between; `goeswith keys add` prints the hash.",
            extra={"allowed": "name:scope:hash", "hidden": True},
        ),
    ] = ""
    access: Annotated[
        Literal["keys", "open"],
        Meta(
            description="`open` lets everybody read without a key where others can reach the "
            "address; admin routes need one all the same."
        ),
    ] = "keys"
    rate: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000_000,
            description="Requests a minute for each API key in each process; 0 sets no limit.",
        ),
    ] = 60_000
    header_timeout_s: Annotated[
        int, Meta(ge=1, le=600, description="Seconds a client has to send the head of a request.")
    ] = 10
    body_timeout_s: Annotated[
        int, Meta(ge=1, le=600, description="Seconds a client has to send the body of a request.")
    ] = 10
    drain_s: Annotated[
        int,
        Meta(
            ge=0,
            le=3_600,
            description="Seconds that requests in flight have to end after SIGTERM.",
        ),
    ] = 30
    heartbeat_s: Annotated[
        int, Meta(ge=1, le=300, description="Seconds between heartbeats of a quiet stream.")
    ] = 10
    access_log: Annotated[
        Literal["all", "builds", "none"],
        Meta(description="Which requests are logged; `builds` leaves hits out."),
    ] = "all"
