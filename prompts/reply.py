"""Reading a model's text as one JSON object. Strict: a broken object is never completed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from goeswith.prompts.words import Dropped

MAX_REPLY = 200_000
"""Characters of a reply that are looked at. A longer reply is refused."""

_MAX_OBJECTS = 8
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)

Json = Mapping[str, object]


class ReplyError(ValueError):
    """A reply cannot be used. The message is written for the model that made it."""


_MOST_TOLD = 6


class Drops:
    """Counts refused parts of a reply by reason, and keeps which rule each known part broke."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._rules: dict[str, str] = {}

    def drop(self, reason: str, at: str = "", rule: str = "") -> None:
        """Count a refused part. `at` is its id if it is one we gave, `rule` what it breaks."""
        self._counts[reason] += 1
        if at:
            self._rules.setdefault(at, rule or reason)

    def told(self, missing: Iterable[str], absent: str) -> str:
        """Return what is wrong with each part that is missing, as sentences for a model.

        `absent` is said of a part that the reply does not hold at all.
        """
        names = list(missing)
        said = [f"{name}: {self._rules.get(name, absent)}." for name in names[:_MOST_TOLD]]
        more = len(names) - len(said)
        return " ".join([*said, *([f"And {more} more."] if more else [])])

    def reasons(self) -> str:
        """Return the reasons with their counts, for a message to a model. May be empty."""
        return ", ".join(f"{reason}: {count}" for reason, count in self.done())

    def done(self) -> Dropped:
        """Return the counts, ordered by reason."""
        return tuple(sorted(self._counts.items()))


def read_object(text: str, required: Iterable[str]) -> dict[str, object]:
    """Return the one JSON object of a reply that has all required fields.

    Prose and code fences around it are allowed. Two different such objects, a truncated one, or
    none at all are errors.

    Raises:
        ReplyError: there is not exactly one usable object.
    """
    if len(text) > MAX_REPLY:
        raise ReplyError("The reply is too long.")
    required = tuple(required)
    text = _THINKING.sub(" ", text)
    found: list[dict[str, object]] = []
    for piece in _objects(text):
        value = _decode(piece)
        if value is not None and all(name in value for name in required) and value not in found:
            found.append(value)
    if not found:
        names = ", ".join(f'"{name}"' for name in required)
        raise ReplyError(f"The reply has no complete JSON object with {names}.")
    if len(found) > 1:
        raise ReplyError("The reply has more than one JSON object. Give exactly one.")
    return found[0]


def items(obj: Json, name: str) -> list[Json]:
    """Return the objects of a list field.

    Raises:
        ReplyError: the field is not a list, or most of its items are not objects.
    """
    value = obj.get(name)
    if not isinstance(value, list):
        raise ReplyError(f'"{name}" must be a list of objects.')
    good: list[Json] = [item for item in value if isinstance(item, dict)]
    if len(good) * 2 < len(value):
        raise ReplyError(f'Every item of "{name}" must be an object.')
    return good


def text(obj: Json, name: str) -> str:
    """Return a string field, or "" when it is absent or of another kind."""
    value = obj.get(name)
    return value if isinstance(value, str) else ""


def flag(obj: Json, name: str) -> bool | None:
    """Return a true/false field, or None when it is absent or of another kind."""
    value = obj.get(name)
    return value if isinstance(value, bool) else None


def whole(obj: Json, name: str) -> int | None:
    """Return a whole number field, or None when it is absent or of another kind."""
    value = obj.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def strings(obj: Json, name: str, cap: int) -> list[str]:
    """Return the strings of a list field, at most `cap`."""
    value = obj.get(name)
    return (
        [item for item in value if isinstance(item, str)][:cap] if isinstance(value, list) else []
    )


def _decode(piece: str) -> dict[str, object] | None:
    try:
        value = msgspec.json.decode(piece)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return value if isinstance(value, dict) else None


def _objects(text: str) -> list[str]:
    """Return the outermost balanced {...} pieces in one pass over the text."""
    pieces: list[str] = []
    depth, start, quoted, escaped = 0, 0, False, False
    for at, c in enumerate(text):
        if quoted:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                quoted = False
        elif c == '"' and depth:
            quoted = True
        elif c == "{":
            if not depth:
                start = at
            depth += 1
        elif c == "}" and depth:
            depth -= 1
            if not depth:
                pieces.append(text[start : at + 1])
                if len(pieces) == _MAX_OBJECTS:
                    break
    return pieces
