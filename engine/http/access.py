"""Who may ask for what."""

from __future__ import annotations

from collections.abc import Iterable

from goeswith.engine.http.errors import HttpError, forbidden, unauthorized
from goeswith.engine.http.keys import Key, KeyRing, Scope

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})

PUBLIC = ("/healthz", "/readyz", "/openapi.json")
"""Paths that need no key anywhere: what watches a service, and what describes it."""

_SCOPES: tuple[tuple[str, Scope], ...] = (("/v1/admin/catalog", "warm"), ("/v1/admin/", "admin"))
"""Paths that need more than reading; the first that fits counts."""


class Access:
    """The rules of one service."""

    def __init__(self, ring: KeyRing, *, keyless: bool, local: bool, public: Iterable[str]) -> None:
        """Make the rules.

        Args:
            ring: The keys.
            keyless: Reading needs no key.
            local: The service listens on loopback only.
            public: More paths that need no key; one that ends in "/" stands for all under it.
        """
        self.ring = ring
        self._keyless = keyless
        self._local = local
        paths = (*PUBLIC, *public)
        self._exact = frozenset(path for path in paths if path == "/" or path[-1] != "/")
        self._under = tuple(path for path in paths if path != "/" and path[-1] == "/")
        self._hosts: set[bytes] = set()

    def admit(self, path: str, headers: dict[bytes, bytes]) -> Key | None:
        """Return the key that a request was sent with, or None where it needs none.

        Raises:
            HttpError: the request may not do this.
        """
        return self.allow(self.scope(path), headers)

    def allow(self, scope: Scope | None, headers: dict[bytes, bytes]) -> Key | None:
        """Do what `admit` does for a path of that scope; None is a path that all may ask for."""
        token = _token(headers)
        if token is None:
            if scope is not None and (scope != "read" or not self._keyless):
                raise unauthorized()
            if self._local:
                self._check_host(headers.get(b"host", b""))
            return None
        key = self.ring.find(token)
        if key is None:
            raise unauthorized()
        if scope is not None and not key.may(scope):
            raise forbidden(scope)
        return key

    def scope(self, path: str) -> Scope | None:
        """Return what a key must be allowed to ask for a path, or None where it needs none."""
        if path in self._exact or path.startswith(self._under):
            return None
        for start, scope in _SCOPES:
            if path.startswith(start):
                return scope
        return "read"

    def _check_host(self, host: bytes) -> None:
        """Refuse a host that is not this machine's own name.

        Otherwise a page anywhere could have its own name point here and read with no key.
        """
        if host in self._hosts:
            return
        name = host.decode("latin-1")
        name = name[: name.index("]") + 1] if name.startswith("[") and "]" in name else name
        name = name if name.startswith("[") else name.partition(":")[0]
        if name.lower() not in LOOPBACK:
            raise HttpError(
                403,
                "forbidden",
                "Without an API key this service answers only to localhost. Send a key.",
            )
        if len(self._hosts) < 100:
            self._hosts.add(host)


def _token(headers: dict[bytes, bytes]) -> str | None:
    """Return the key that was sent: a bearer token, else X-API-Key."""
    sent = headers.get(b"authorization")
    if sent is None:
        given = headers.get(b"x-api-key")
        return None if given is None else given.strip().decode("latin-1")
    kind, _, token = sent.partition(b" ")
    return token.strip().decode("latin-1") if kind.lower() == b"bearer" else ""
