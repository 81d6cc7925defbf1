"""What an operator may set: one file a section, and how they are read."""

from goeswith.engine.settings.reading import (
    LM,
    Budget,
    Cache,
    Retrieval,
    Row,
    Settings,
    Telemetry,
    describe,
    load_settings,
)

__all__ = [
    "LM",
    "Budget",
    "Cache",
    "Retrieval",
    "Row",
    "Settings",
    "Telemetry",
    "describe",
    "load_settings",
]
