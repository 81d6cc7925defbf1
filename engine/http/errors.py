"""What is said instead of an answer: one shape, {"error": {"code", "message", "request_id"}}.

Codes are part of the contract. Messages say what to do and repeat nothing a caller sent but the
names of fields.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from goeswith.engine.errors import (
    BuilderLostError,
    GoeswithError,
    QuestionError,
    RequestError,
    UnknownProductError,
)


class Fault(msgspec.Struct, frozen=True):
    """One error as it is sent."""

    code: str
    message: str
    request_id: str


class Refusal(msgspec.Struct, frozen=True):
    """The body of every response that is an error."""

    error: Fault


class HttpError(Exception):
    """A request that is not answered. `headers` go out with it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str) -> HttpError:
    """The request cannot be read."""
    return HttpError(400, "bad_request", message)


def unauthorized() -> HttpError:
    """A key is missing or unknown."""
    return HttpError(
        401,
        "unauthorized",
        "Send an API key: Authorization: Bearer KEY. Make one with goeswith keys add.",
        {"WWW-Authenticate": 'Bearer realm="goeswith"'},
    )


def forbidden(scope: str) -> HttpError:
    """The key may not do this."""
    return HttpError(403, "forbidden", f"This needs an API key with the scope {scope}.")


def not_found(message: str = "There is nothing here. /openapi.json lists what is.") -> HttpError:
    """The path or the thing it names does not exist."""
    return HttpError(404, "not_found", message)


def method_not_allowed(allowed: str) -> HttpError:
    """The path exists, with other methods."""
    message = f"Use one of: {allowed}."
    return HttpError(405, "method_not_allowed", message, {"Allow": allowed})


def too_slow() -> HttpError:
    """The request did not arrive in time."""
    return HttpError(408, "timeout", "The request took too long to arrive.")


def too_large(limit: int) -> HttpError:
    """The body is over the cap."""
    return HttpError(413, "too_large", f"The body may have {limit} bytes.")


def uri_too_long(limit: int) -> HttpError:
    """The path and query are over the cap."""
    return HttpError(414, "uri_too_long", f"Path and query may have {limit} bytes together.")


def unsupported_media_type() -> HttpError:
    """The body is not JSON by its own account."""
    return HttpError(415, "unsupported_media_type", "Send Content-Type: application/json.")


def invalid(message: str) -> HttpError:
    """The request can be read, but a field of it is wrong."""
    return HttpError(422, "invalid", message)


def rate_limited(wait_s: int) -> HttpError:
    """The key has asked too often."""
    return HttpError(
        429, "rate_limited", "Too many requests with this key.", {"Retry-After": str(wait_s)}
    )


def headers_too_large(limit: int) -> HttpError:
    """The head of the request is over the cap."""
    return HttpError(431, "headers_too_large", f"The headers may have {limit} bytes together.")


def internal() -> HttpError:
    """Something that should not happen did."""
    return HttpError(
        500, "internal", "Something went wrong here. The log has it under this request id."
    )


def overloaded(wait_s: int) -> HttpError:
    """Too many new questions wait for a build."""
    return HttpError(
        503,
        "overloaded",
        "Too many new questions at once. Stored answers are still served; ask again later.",
        {"Retry-After": str(wait_s)},
    )


def unavailable(message: str, wait_s: int = 5) -> HttpError:
    """The service cannot answer at present."""
    return HttpError(503, "unavailable", message, {"Retry-After": str(wait_s)})


def translated(error: GoeswithError) -> HttpError:
    """Return what an error of the engine is over HTTP."""
    if isinstance(error, QuestionError):
        return HttpError(422, "question", str(error))
    if isinstance(error, UnknownProductError):
        return not_found(str(error))
    if isinstance(error, RequestError):
        return invalid(str(error))
    if isinstance(error, BuilderLostError):
        return unavailable(str(error), wait_s=1)
    return unavailable("The index cannot be used. The log of the service says why.")


def encode(error: HttpError, request_id: str) -> bytes:
    """Return the body of a refusal."""
    return msgspec.json.encode(Refusal(Fault(error.code, error.message, request_id)))
