"""Requests that a recording lacks, as a provider's batch file: to be answered, then replayed.

A reply can lead to further requests, so a run is repeated with what was answered until nothing is
missing. The file holds the questions of a suite; a recording does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.eval.errors import EvalError
from goeswith.prompts.batch import URL

if TYPE_CHECKING:
    from goeswith.prompts.transport import Wire


class Wanted:
    """Adds requests to a batch file, each once. Its custom id is the key of the reply to record.

    Args:
        file: the batch file; requests that it holds already are not added again.
        model: the name of the model that is to reply.

    Raises:
        EvalError: the file cannot be used.
    """

    def __init__(self, file: Path, model: str) -> None:
        self._file = file
        self._model = model
        self._known = _ids(file)

    def add(self, key: str, wire: Wire) -> None:
        """Write a request down. Raises EvalError where the file cannot be written."""
        if key in self._known:
            return
        self._known.add(key)
        form = {"name": "reply", "strict": True, "schema": wire.schema}
        body = {
            "model": self._model,
            "messages": wire.messages,
            "max_tokens": wire.cap,
            "response_format": {"type": "json_schema", "json_schema": form},
        }
        line = {"custom_id": key, "method": "POST", "url": URL, "body": body}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as out:
                out.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise _unusable(self._file, error) from error


class _Line(msgspec.Struct):
    custom_id: str


def _ids(file: Path) -> set[str]:
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise _unusable(file, error) from error
    try:
        return {msgspec.json.decode(line, type=_Line).custom_id for line in lines}
    except msgspec.MsgspecError as error:
        raise EvalError(f"{file} is no batch file: {error}. Give another --lm-missing.") from error


def _unusable(file: Path, error: OSError) -> EvalError:
    return EvalError(
        f"{file} cannot be used: {error.strerror or error}. Give another --lm-missing."
    )
