"""Every error a caller of the engine may see.

GoeswithError               anything this package raises on purpose; its message says what to do
├── QuestionError           the question cannot be read (empty, too long, names nothing)
├── RequestError            a request object is malformed, or names products that do not exist
│   └── UnknownProductError the shop has no product with that SKU
├── SettingsError           a setting is unknown or has a wrong value
├── CatalogError            a catalog file or field map cannot be used, or no product is left
├── BehaviourError          a behaviour file cannot be used
├── ServeError              the service cannot run (address in use)
├── BuilderLostError        the process that built the answer was lost
└── HomeError               the home folder cannot be used
    ├── HomeMissingError    there is no index yet
    ├── HomeSchemaError     the index was written by another version
    ├── HomeDamagedError    the index is incomplete or does not match its manifest
    └── HomeWriteError      the home cannot be written (read-only, disk full)
"""

from __future__ import annotations


class GoeswithError(Exception):
    """Base of every error raised on purpose. `str(error)` is a sentence for a person."""

    exit_code = 1


class QuestionError(GoeswithError):
    """The question cannot be read."""

    exit_code = 2


class RequestError(GoeswithError):
    """A request object is malformed, out of bounds, or names products that do not exist."""

    exit_code = 2


class UnknownProductError(RequestError):
    """The shop has no product with that SKU."""


class SettingsError(GoeswithError):
    """A setting is unknown or has a wrong value."""

    exit_code = 2


class CatalogError(GoeswithError):
    """A catalog file or field map cannot be used, or no product is left."""


class BehaviourError(GoeswithError):
    """A behaviour file cannot be used."""


class ServeError(GoeswithError):
    """The service cannot run."""


class BuilderLostError(GoeswithError):
    """The process that built the answer was lost. Another is started; asking again may help."""


class HomeError(GoeswithError):
    """The home folder cannot be used."""


class HomeMissingError(HomeError):
    """There is no index in the home folder yet."""


class HomeSchemaError(HomeError):
    """The index was written by another version of the package."""


class HomeDamagedError(HomeError):
    """The index is incomplete or does not match its manifest."""


class HomeWriteError(HomeError):
    """The home cannot be written."""
