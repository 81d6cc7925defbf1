"""What an operator may set about traces. Knows nothing of OpenTelemetry."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Telemetry(msgspec.Struct, frozen=True):
    """Whether what goes on is traced."""

    traces: Annotated[
        Literal["off", "otlp"],
        Meta(
            description="`otlp` sends traces of requests, builds and LM calls with OpenTelemetry, "
            "to where the standard `OTEL_` variables say; it needs `goeswith[telemetry]`."
        ),
    ] = "off"
