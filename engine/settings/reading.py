"""What an operator may set, read from four places; a later one wins.

defaults < goeswith.toml < environment (GOESWITH_BUDGET__LM_CALLS) < flags

Reading fails closed: an unknown name or a wrong value is a `SettingsError` that says which name,
what is allowed and where it was set. Values that could hold a credential are never repeated.
Knows nothing of what the settings are used for.
"""

from __future__ import annotations

import difflib
import functools
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from goeswith.engine.budget import Budget
from goeswith.engine.errors import SettingsError
from goeswith.engine.settings.cache import Cache
from goeswith.engine.settings.lm import LM
from goeswith.engine.settings.serve import Serve
from goeswith.engine.settings.telemetry import Telemetry

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

CONFIG_FILE: Final = "goeswith.toml"
_PREFIX: Final = "GOESWITH_"
_CONFIG_VARIABLE: Final = "GOESWITH_CONFIG"
_KUBERNETES: Final = "GOESWITH_SERVICE_"


class Retrieval(msgspec.Struct, frozen=True):
    """How products are found for a need."""

    embedder: Annotated[
        str,
        Meta(
            max_length=4_096,
            pattern=r"^(use|hash|minilm:[^\x00-\x1f]+)\Z",
            description="What turns titles and questions into vectors.",
            extra={"allowed": '"use", "hash" or "minilm:" and the path of its tokenizer.json'},
        ),
    ] = "use"


class Settings(msgspec.Struct, frozen=True):
    """Every setting. `sources` maps the dotted names that were set to the place that set them."""

    home: Annotated[
        Path,
        Meta(
            description="Folder of the index and the cache. In a file it is relative to that file, "
            "elsewhere to the working folder.",
            extra={"allowed": "a folder"},
        ),
    ] = Path(".goeswith")
    retrieval: Retrieval = Retrieval()
    budget: Budget = Budget()
    cache: Cache = Cache()
    lm: LM = LM()
    serve: Serve = Serve()
    telemetry: Telemetry = Telemetry()
    sources: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True):
    """One setting as shown to a person: dotted name, value, where it was set, what it does."""

    name: str
    value: str
    source: str
    doc: str
    allowed: str
    variable: str


class _Field(msgspec.Struct, frozen=True):
    name: str
    type: object
    default: object
    doc: str
    allowed: str
    hidden: bool

    @property
    def variable(self) -> str:
        return _PREFIX + self.name.replace(".", "__").upper()


def load_settings(
    *,
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Read the settings from every place.

    Args:
        config: file to read instead of goeswith.toml in the folder; then it must exist.
        flags: dotted name to value, as given on the command line; None means not given.
        environ: environment to read, by default the process's own.
        folder: working folder, by default the process's own.

    Raises:
        SettingsError: a file cannot be read, a name is unknown, or a value is not allowed.
    """
    environ = os.environ if environ is None else environ
    folder = Path.cwd() if folder is None else folder
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for name, value, source in (
        *_from_file(config, environ, folder),
        *_from_environment(environ),
        *_from_flags(flags or {}),
    ):
        values[name] = _checked(_fields()[name], value, source)
        sources[name] = source
    return _assembled(values, sources)


def describe(settings: Settings) -> list[Row]:
    """Return one row a setting, in the order of the documentation. Holds no credential."""
    return [
        Row(
            name=field.name,
            value=_text(_value(settings, field.name)),
            source=settings.sources.get(field.name, "default"),
            doc=field.doc,
            allowed=field.allowed,
            variable=field.variable,
        )
        for field in _fields().values()
    ]


_Found = Iterator[tuple[str, object, str]]


def _from_file(config: Path | None, environ: Mapping[str, str], folder: Path) -> _Found:
    named = config or (Path(environ[_CONFIG_VARIABLE]) if environ.get(_CONFIG_VARIABLE) else None)
    path = folder / (_expanded(named) if named else CONFIG_FILE)
    if named is None and not path.exists():
        return
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise SettingsError(f"{path}: {reason}. Name a settings file that exists.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    for name, value in table.items():
        if name not in _sections():
            _known(name, str(path))
            yield name, _anchored(name, value, path.parent), str(path)
        elif not isinstance(value, dict):
            raise SettingsError(f"{name} in {path} must be a section: write [{name}].")
        else:
            for key, item in value.items():
                _known(f"{name}.{key}", str(path))
                yield f"{name}.{key}", item, str(path)


def _from_environment(environ: Mapping[str, str]) -> _Found:
    names = {field.variable: field.name for field in _fields().values()}
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or variable == _CONFIG_VARIABLE:
            continue
        source = f"environment {variable}"
        if variable in names:
            yield names[variable], environ[variable], source
        elif "__" in variable:
            name = variable[len(_PREFIX) :].replace("__", ".").lower()
            _known(name, source)
            raise SettingsError(f"{variable} is not read. Write {_fields()[name].variable}.")
        elif variable[len(_PREFIX) :].lower() in _sections():
            raise SettingsError(f"{variable} is a section. Set one of its names: {variable}__...")
        else:
            _refuse_slip(variable, [*names, _CONFIG_VARIABLE])


def _from_flags(flags: Mapping[str, object]) -> _Found:
    for name, value in flags.items():
        if value is not None:
            _known(name, "flag")
            yield name, value, "flag"


def _refuse_slip(variable: str, known: list[str]) -> None:
    """Refuse a near miss; ignore the rest, which may be another tool's."""
    if variable.startswith(_KUBERNETES):
        return
    plain = {name.replace("__", "_"): name for name in known}
    close = difflib.get_close_matches(
        variable[len(_PREFIX) :], [name[len(_PREFIX) :] for name in plain], n=1, cutoff=0.8
    )
    if close:
        meant = plain[_PREFIX + close[0]]
        raise SettingsError(f"{variable} in the environment is unknown. Did you mean {meant}?")


def _known(name: str, source: str) -> None:
    if name in _fields():
        return
    section = name.partition(".")[0]
    near = [other for other in _fields() if other.startswith(f"{section}.")] or list(_fields())
    close = difflib.get_close_matches(name, list(_fields()), n=1, cutoff=0.75)
    hint = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(near)}."
    if "key" in name.rpartition(".")[2] and section == "lm":
        hint = "Put the key in an environment variable and its name in lm.api_key_env."
    raise SettingsError(f"unknown setting {name} ({source}). {hint}")


def _anchored(name: str, value: object, folder: Path) -> object:
    return str(folder / _expanded(value)) if name == "home" and _is_path(value) else value


def _is_path(value: object) -> typing.TypeGuard[str]:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _expanded(path: str | Path) -> Path:
    """Return the path with ~ replaced, or as it is where that user has no home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _checked(field: _Field, value: object, source: str) -> object:
    from_text = source.startswith("environment")
    try:
        if field.type is not Path:
            return msgspec.convert(value, field.type, strict=not from_text)
        if _is_path(value) or isinstance(value, Path):
            return _expanded(value)
    except msgspec.ValidationError:
        pass
    shown = "its value (not repeated here)" if field.hidden else _text(value)
    raise SettingsError(
        f"{field.name} cannot be {shown} (set in {source}). Allowed: {field.allowed}."
    )


def _assembled(values: Mapping[str, object], sources: dict[str, str]) -> Settings:
    table: dict[str, object] = {"sources": sources}
    for name, section in _sections().items():
        own = {k.partition(".")[2]: v for k, v in values.items() if k.startswith(f"{name}.")}
        table[name] = msgspec.structs.replace(section(), **own)
    table |= {name: value for name, value in values.items() if "." not in name}
    return msgspec.structs.replace(Settings(), **table)


@functools.cache
def _sections() -> dict[str, type[msgspec.Struct]]:
    return {
        name: kind
        for name, kind in typing.get_type_hints(Settings).items()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    }


@functools.cache
def _fields() -> dict[str, _Field]:
    """Every setting by dotted name, read from the structs above, so that there is one list."""
    found: dict[str, _Field] = {}
    owners: dict[str, type[msgspec.Struct]] = {"": Settings}
    owners |= {f"{name}.": section for name, section in _sections().items()}
    for prefix, struct in owners.items():
        hints = typing.get_type_hints(struct, include_extras=True)
        for item in msgspec.structs.fields(struct):
            hint = hints[item.name]
            if typing.get_origin(hint) is not Annotated:
                continue
            plain, meta = typing.get_args(hint)
            extra = meta.extra or {}
            found[prefix + item.name] = _Field(
                name=prefix + item.name,
                type=Path if plain is Path else hint,
                default=item.default,
                doc=meta.description,
                allowed=extra.get("allowed") or _allowed(plain, meta),
                hidden=bool(extra.get("hidden")),
            )
    return found


def _allowed(plain: object, meta: Meta) -> str:
    if typing.get_origin(plain) is Literal:
        return " or ".join(f'"{choice}"' for choice in typing.get_args(plain))
    if plain is float:
        return f"a number from {meta.ge:.16g} to {meta.le:.16g}"
    return f"a whole number from {meta.ge} to {meta.le}"


def _value(settings: Settings, name: str) -> object:
    section, _, key = name.rpartition(".")
    return getattr(getattr(settings, section) if section else settings, key)


def _text(value: object) -> str:
    shown = str(value) if isinstance(value, Path | int | float) else f'"{value}"'
    shown = "".join(c if c.isprintable() else "?" for c in shown)
    return shown if len(shown) <= 120 else shown[:117] + "..."
