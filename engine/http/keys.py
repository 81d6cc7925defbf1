"""API keys: kept as hashes in the home or in a setting, compared in constant time.

A key is 32 random bytes, so a plain SHA-256 of it cannot be turned round by trying.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import msgspec

from goeswith.engine.errors import HomeWriteError, SettingsError
from goeswith.engine.settings import Settings

Scope = Literal["read", "warm", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each holds those before it: asks; what a nightly job does; dropping what is stored."""

FILE = "keys.json"
PREFIX = "gw_"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key as it is kept."""

    name: str
    scope: Scope
    sha256: str

    def may(self, scope: Scope) -> bool:
        """Tell whether this key reaches a scope."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


def scope_of(text: str) -> Scope:
    """Return a scope by its name.

    Raises:
        SettingsError: there is no such scope.
    """
    for scope in SCOPES:
        if scope == text:
            return scope
    raise SettingsError(f"A scope is one of: {', '.join(SCOPES)}.")


def hash_of(token: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_key(name: str, scope: Scope) -> tuple[str, Key]:
    """Return a new key in clear, to be shown once, and as it is kept.

    Raises:
        SettingsError: the name has characters that a log line should not hold.
    """
    if not _NAME.match(name):
        raise SettingsError("A key's name may have letters, digits, dots, dashes and underscores.")
    token = PREFIX + secrets.token_urlsafe(32)
    return token, Key(name, scope, hash_of(token))


class KeyFile:
    """The keys of a home."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def read(self) -> list[Key]:
        """Return the keys.

        Raises:
            SettingsError: the file cannot be read. A service without its keys does not start.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=list[Key])
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SettingsError(f"Cannot read {self.path}: {error.strerror}.") from error
        except msgspec.MsgspecError as error:
            raise SettingsError(
                f"{self.path} does not hold API keys. Make them again with goeswith keys add."
            ) from error

    def add(self, key: Key) -> None:
        """Add a key.

        Raises:
            SettingsError: there is one of that name.
            HomeWriteError: the file cannot be written.
        """
        held = self.read()
        if any(other.name == key.name for other in held):
            raise SettingsError(
                f"There is a key {key.name}. Remove it first: goeswith keys remove."
            )
        self._write([*held, key])

    def remove(self, name: str) -> None:
        """Remove a key.

        Raises:
            SettingsError: there is none of that name.
            HomeWriteError: the file cannot be written.
        """
        held = self.read()
        kept = [key for key in held if key.name != name]
        if len(kept) == len(held):
            raise SettingsError("There is no key of that name. List them with goeswith keys list.")
        self._write(kept)

    def _write(self, keys: Iterable[Key]) -> None:
        fresh = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, _NEW, 0o600), "wb") as file:
                file.write(msgspec.json.encode(list(keys)))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            why = error.strerror or errno.errorcode.get(error.errno or 0, "unknown error")
            raise HomeWriteError(f"Cannot write {self.path}: {why}.") from error


def keys_of_setting(text: str) -> list[Key]:
    """Return the keys of the setting `serve.keys`, whose form was checked when it was read."""
    keys = []
    for item in filter(None, text.split(",")):
        name, scope, digest = item.split(":")
        keys.append(msgspec.convert({"name": name, "scope": scope, "sha256": digest}, Key))
    return keys


def read_keys(settings: Settings) -> list[Key]:
    """Return the keys of the home and of the setting.

    Raises:
        SettingsError: the file of keys cannot be read.
    """
    return [*KeyFile(settings.home).read(), *keys_of_setting(settings.serve.keys)]


class KeyRing:
    """The keys a running service knows."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)

    def replace(self, keys: Iterable[Key]) -> None:
        """Know these keys from now on, and no others."""
        self._keys = tuple(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, token: str) -> Key | None:
        """Return the key, or None. Takes as long for every key that is wrong."""
        digest = hash_of(token)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found
