"""Traces with OpenTelemetry, for whoever asks for them. Nothing is loaded before that."""

from __future__ import annotations

from goeswith.engine.errors import SettingsError
from goeswith.engine.settings import Telemetry
from goeswith.engine.tracing import OFF, Tracer


def open_tracer(settings: Telemetry) -> Tracer:
    """Return the tracer that the settings ask for.

    Where traces are sent, how they are sampled and what the service is called is read from the
    standard OTEL_ variables.

    Raises:
        SettingsError: traces are asked for and OpenTelemetry is not installed.
    """
    if settings.traces == "off":
        return OFF
    try:
        from goeswith.engine.telemetry.otel import to_otlp
    except ImportError:
        raise SettingsError(
            'telemetry.traces = "otlp" needs OpenTelemetry, which is not installed. '
            "Install it with pip install 'goeswith[telemetry]', or set telemetry.traces to off."
        ) from None
    return to_otlp()
