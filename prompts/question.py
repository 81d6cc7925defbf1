"""What a question asked of a model is made of, as data: words, inputs, form of the reply, state.

Knows nothing of DSPy, so that a version can be read without loading it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import types
from collections.abc import Iterator
from importlib import resources
from typing import Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from goeswith.prompts.fence import RULE, fence

ADAPTER = "fenced-json-1"
"""Name of the way messages are laid out. Changes whenever `messages` gives other text."""

Message = dict[str, str]
"""One chat message: {"role": "system" | "user" | "assistant", "content": text}."""


@dataclasses.dataclass(frozen=True)
class Input:
    """One input of a question: its name, its Python type and what it holds."""

    name: str
    kind: type
    about: str


@dataclasses.dataclass(frozen=True)
class Question:
    """One question asked of a model.

    `reply` is a dataclass whose fields are the fields of the JSON object asked for. `revision`
    is raised when reading the reply changes. `compiled` stands in for the state that ships.
    """

    name: str
    instructions: str
    inputs: tuple[Input, ...]
    reply: type
    revision: int = 1
    compiled: bytes | None = None

    def __post_init__(self) -> None:
        if twice := {i.name for i in self.inputs} & {*self.fields}:
            raise ValueError(f"Inputs and reply of {self.name} share names: {sorted(twice)}.")

    @property
    def fields(self) -> dict[str, object]:
        """Names and types of the reply's fields, in order."""
        return dict(get_type_hints(self.reply))

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the reply, in the strict form OpenAI's API asks for."""
        return _schema(self.reply)

    def state(self) -> bytes:
        """Return the compiled state (DSPy's state-only JSON), or b"" when uncompiled."""
        if self.compiled is not None:
            return self.compiled
        file = resources.files("goeswith.prompts").joinpath("state", f"{self.name}.json")
        return file.read_bytes() if file.is_file() else b""

    def version(self, state: bytes | None = None) -> str:
        """Return the digest of everything that decides what the model is asked."""
        parts = (
            self.name,
            str(self.revision),
            ADAPTER,
            RULE,
            self.instructions,
            msgspec.json.encode(
                [[(i.name, i.kind.__name__, i.about) for i in self.inputs], self.schema()]
            ).decode(),
            (self.state() if state is None else state).decode(),
        )
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def messages(
    question: Question,
    inputs: dict[str, object],
    *,
    instructions: str = "",
    demos: tuple[dict[str, object], ...] = (),
    refused: tuple[str, str] | None = None,
) -> list[Message]:
    """Return the chat messages for one asking.

    `instructions` replace the question's own (compiled state). `demos` hold inputs and reply
    fields. `refused` is a reply that could not be used and why; it is told once.
    """
    system = "\n\n".join(
        (
            (instructions or question.instructions).strip(),
            RULE,
            "Reply with one JSON object and nothing else, in this form:\n" + _shape(question.reply),
        )
    )
    chat: list[Message] = [{"role": "system", "content": system}]
    for demo in demos:
        chat.append({"role": "user", "content": _fenced(question, demo)})
        reply = {name: demo[name] for name in question.fields if name in demo}
        chat.append({"role": "assistant", "content": msgspec.json.encode(reply).decode()})
    chat.append({"role": "user", "content": _fenced(question, inputs)})
    if refused is not None:
        bad, why = refused
        chat.append({"role": "assistant", "content": bad[:2000] or "(nothing)"})
        chat.append(
            {
                "role": "user",
                "content": f"That reply could not be used. {why} "
                "Reply again with the one JSON object only.",
            }
        )
    return chat


def compiled(state: bytes) -> tuple[str, tuple[dict[str, object], ...]]:
    """Return the instructions and demos of DSPy's state-only JSON; nothing of an empty state."""
    if not state:
        return "", ()
    read = msgspec.json.decode(state, type=_State)
    return read.signature.instructions, tuple(read.demos)


class _Signature(msgspec.Struct):
    instructions: str


class _State(msgspec.Struct):
    signature: _Signature
    demos: list[dict[str, object]] = []


def _fenced(question: Question, values: dict[str, object]) -> str:
    return "\n".join(fence(i.name, values[i.name]) for i in question.inputs if i.name in values)


def _schema(kind: object) -> dict[str, object]:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {
            "type": "object",
            "properties": {name: _schema(hint) for name, hint in hints.items()},
            "required": list(hints),
            "additionalProperties": False,
        }
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema(get_args(kind)[0])}
    if choices := _choices(kind):
        return {"type": _SCALARS[type(choices[0])][0], "enum": list(choices)}
    return {"type": _SCALARS[kind][0]}


def _shape(kind: object) -> str:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return "{" + ", ".join(f'"{n}": {_shape(h)}' for n, h in hints.items()) + "}"
    if get_origin(kind) is list:
        return f"[{_shape(get_args(kind)[0])}, ...]"
    if choices := _choices(kind):
        return " | ".join(msgspec.json.encode(choice).decode() for choice in choices)
    return _SCALARS[kind][1]


def _choices(kind: object) -> tuple[str | int, ...]:
    return tuple(_literals(kind))


def _literals(kind: object) -> Iterator[str | int]:
    origin = get_origin(kind)
    if origin is Literal:
        yield from get_args(kind)
    elif origin in (Union, types.UnionType):
        for part in get_args(kind):
            yield from _literals(part)


_SCALARS: dict[object, tuple[str, str]] = {
    str: ("string", "string"),
    int: ("integer", "integer"),
    float: ("number", "number"),
    bool: ("boolean", "true | false"),
}
