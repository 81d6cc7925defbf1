"""What goes on in the engine, told in spans to whoever traces. Knows nothing of OpenTelemetry.

A span has a name and attributes that are numbers or words of the engine's own lists. It never holds
a question, a product's text or a key. Without a tracer nothing is told and nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Protocol, Self

Value = str | int | float | bool
Headers = Mapping[bytes, bytes]
"""The head of a request, names in lower case; where its trace comes from stands there."""


class Span(Protocol):
    """A piece of work with a beginning and an end."""

    def tell(self, **attributes: Value) -> None:
        """Say more about the work."""

    def end(self) -> None:
        """The work is over. Only for spans that were begun beside others."""


class Tracer(Protocol):
    """Hears of spans. Safe for threads; a span's parent is the current one of the context."""

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[Span]:
        """A step of what is current; it is current itself until it ends."""
        ...

    def begin(self, name: str, **attributes: Value) -> Span:
        """A step of what is current that runs beside others, until `end`."""
        ...

    def request(self, method: str, headers: Headers) -> AbstractContextManager[Span]:
        """A request over HTTP; whoever sent it may have begun the trace."""
        ...

    def requested(self, method: str, headers: Headers, seconds: float, **attributes: Value) -> None:
        """A request over HTTP that has ended just now and took so long."""

    def carrier(self) -> str:
        """Name what is current, so that another process can go on with it; "" for nothing."""
        ...

    def carried(self, trace: str) -> AbstractContextManager[None]:
        """Go on with what another process named."""
        ...

    def close(self) -> None:
        """Send what was heard, within reason, and hear no more."""


class _Nothing:
    """A span that nobody hears of."""

    def tell(self, **attributes: Value) -> None:
        """Tell nobody."""

    def end(self) -> None:
        """End nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


class _Off:
    """Hears nothing."""

    def span(self, name: str, **attributes: Value) -> _Nothing:  # noqa: ARG002
        """Hear nothing."""
        return _NOTHING

    def begin(self, name: str, **attributes: Value) -> _Nothing:  # noqa: ARG002
        """Hear nothing."""
        return _NOTHING

    def request(self, method: str, headers: Headers) -> _Nothing:  # noqa: ARG002
        """Hear nothing."""
        return _NOTHING

    def requested(self, method: str, headers: Headers, seconds: float, **attributes: Value) -> None:
        """Hear nothing."""

    def carrier(self) -> str:
        """Name nothing."""
        return ""

    def carried(self, trace: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Go on with nothing."""
        return nullcontext()

    def close(self) -> None:
        """Close nothing."""


_NOTHING = _Nothing()
OFF: Tracer = _Off()
"""The tracer of an engine that nobody traces."""
