"""Is the process alive, and can it answer."""

from __future__ import annotations

import msgspec

from goeswith.engine.http.service import Service


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """What is needed to answer new questions. The language model is optional.

    `store` is false when answers are built but cannot be kept. `detail` says what an operator
    should do although questions are answered, "" for nothing.
    """

    ready: bool
    index: bool
    store: bool
    lm: bool
    draining: bool
    catalog: str
    detail: str = ""


def readiness(service: Service) -> Readiness:
    """Look whether new questions can be answered and kept."""
    disk = service.engine.answers.disk
    store = disk is not None and disk.stats().writable
    return Readiness(
        ready=service.ready and store and not service.draining,
        index=service.ready,
        store=store,
        lm=bool(service.settings.lm.model),
        draining=service.draining,
        catalog=service.engine.versions.catalog,
        detail=service.engine.outdated,
    )
