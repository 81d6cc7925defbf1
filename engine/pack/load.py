"""Read pack files, check them, and give one Pack."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from goeswith.engine.errors import SettingsError
from goeswith.engine.pack.check import (
    activity_problems,
    alias_problems,
    relation_problems,
    rule_problems,
)
from goeswith.engine.pack.pack import Pack
from goeswith.engine.pack.schema import Accepts, Adapter, Compiled, PackFile, PackRelation, Triple
from goeswith.engine.pack.words import main_keys

COMPILED = "compiled.json"
"""The shipped files parsed ahead of time; used only while its digest is theirs."""

_MAX_BYTES = 4_000_000
_PLACE = re.compile(r"`\$\.(?P<part>\w+)\[(?P<number>\d+|\.\.\.)\]")


def load_pack(extra: Sequence[Path] = ()) -> Pack:
    """Return the curated pack, joined with a user's own pack files.

    Args:
        extra: TOML files, or folders whose `*.toml` files are read in order of name. They use the
            schema of the shipped files (docs/starter-pack.md) and add to them.

    Raises:
        SettingsError: a file cannot be read, or an entry is malformed, repeated or contradicts
            another. The message names the file and the entry.
    """
    if not extra:
        return _shipped()
    return _build([*shipped_sources(), *_user_sources(extra)])


@lru_cache(maxsize=1)
def _shipped() -> Pack:
    sources = list(shipped_sources())
    ready = _compiled(sources)
    return _build(sources) if ready is None else _join(sources, ready)


def _compiled(sources: Sequence[tuple[str, bytes]]) -> list[PackFile] | None:
    file = files("goeswith.engine.pack").joinpath(COMPILED)
    if not file.is_file():
        return None
    try:
        compiled = msgspec.json.decode(file.read_bytes(), type=Compiled)
    except msgspec.DecodeError:
        return None
    return list(compiled.parts) if compiled.digest == digest_of(sources) else None


def shipped_sources() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each shipped pack file, in order of name."""
    root = files("goeswith.engine.pack").joinpath("data")
    yield from sorted(_walk(root, ""))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{name}/")
        elif name.endswith(".toml"):
            yield name, entry.read_bytes()


def _user_sources(extra: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for given in extra:
        try:
            paths = sorted(given.glob("*.toml")) if given.is_dir() else [given]
            if not paths:
                raise SettingsError(f"Pack folder {given} holds no .toml file.")
            for path in paths:
                if path.stat().st_size > _MAX_BYTES:
                    raise SettingsError(f"Pack file {path} is over {_MAX_BYTES:,} bytes; split it.")
                yield str(path), path.read_bytes()
        except OSError as error:
            raise SettingsError(f"Pack file {given} cannot be read: {error.strerror}.") from error


def digest_of(sources: Sequence[tuple[str, bytes]]) -> str:
    """Return a digest of the files' bytes in their order; names do not count."""
    digest = hashlib.blake2b(digest_size=8)
    for _, raw in sources:
        digest.update(hashlib.blake2b(raw, digest_size=16).digest())
    return digest.hexdigest()


def parse_and_check(sources: Sequence[tuple[str, bytes]]) -> list[PackFile]:
    """Return the files as parsed, once everything in them holds together.

    Raises:
        SettingsError: as `load_pack`.
    """
    parsed = [(name, _parse(name, raw)) for name, raw in sources]
    problem = next(_problems(parsed), None)
    if problem is not None:
        raise SettingsError(f"Pack file {problem}.")
    return [part for _, part in parsed]


def _build(sources: Sequence[tuple[str, bytes]]) -> Pack:
    return _join(sources, parse_and_check(sources))


def _join(sources: Sequence[tuple[str, bytes]], parts: Sequence[PackFile]) -> Pack:
    return Pack(
        version=digest_of(sources),
        activities=tuple(entry for part in parts for entry in part.activity),
        relations=tuple(entry for part in parts for entry in _relations(part)),
        rules=tuple(entry for part in parts for entry in part.rule),
        accepts=tuple(entry for part in parts for entry in part.accepts),
        adapters=tuple(entry for part in parts for entry in part.adapter),
        aliases={phrase: names for part in parts for phrase, names in part.aliases.items()},
        generic=tuple(entry for part in parts for entry in part.generic),
        broad=tuple(entry for part in parts for entry in part.broad),
        whose=tuple(entry for part in parts for entry in part.whose),
        unlike=tuple(entry for part in parts for entry in part.unlike),
        tools=tuple(word for part in parts for word in part.tools),
    )


def _parse(name: str, raw: bytes) -> PackFile:
    try:
        data = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Pack file {name} is not valid TOML: {error}.") from error
    try:
        return msgspec.convert(data, PackFile)
    except msgspec.ValidationError as error:
        place = _entry_named(str(error), data)
        raise SettingsError(f"Pack file {name}{place}: {error}.") from error


def _entry_named(message: str, data: dict[str, object]) -> str:
    match = _PLACE.search(message)
    if match is None:
        return ""
    part = data.get(match["part"])
    if isinstance(part, list):
        entry = part[int(match["number"])]
        return (
            f', {match["part"]} "{entry["id"]}"'
            if isinstance(entry, dict) and "id" in entry
            else ""
        )
    if isinstance(part, dict):
        lists = [entries for entries in part.values() if isinstance(entries, list)]
        return "".join(f", {entry}" for entries in lists for entry in entries if _wrong(entry))[
            :200
        ]
    return ""


def _wrong(entry: object) -> bool:
    try:
        msgspec.convert(entry, Triple)
    except msgspec.ValidationError:
        return True
    return False


def _relations(part: PackFile) -> Iterator[PackRelation]:
    for relation, triples in part.relations.items():
        for head, tail, reason in triples:
            yield PackRelation(head, relation, tail, reason)


def _tables(part: PackFile) -> Iterator[Accepts | Adapter]:
    yield from part.accepts
    yield from part.adapter


def _problems(parsed: Sequence[tuple[str, PackFile]]) -> Iterator[str]:
    yield from activity_problems((name, entry) for name, part in parsed for entry in part.activity)
    yield from relation_problems(
        ((name, entry) for name, part in parsed for entry in _relations(part)),
        main_keys({phrase: names for _, part in parsed for phrase, names in part.aliases.items()}),
    )
    yield from rule_problems(
        [(name, entry) for name, part in parsed for entry in part.rule],
        [(name, table) for name, part in parsed for table in _tables(part)],
    )
    yield from alias_problems(
        (name, phrase, names) for name, part in parsed for phrase, names in part.aliases.items()
    )
