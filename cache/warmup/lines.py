"""Files as numbered lines of text, gzipped or not, read as a stream."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from goeswith.cache.warmup.errors import LogError

MAX_LINE = 1 << 20
"""Characters of the longest line that is read."""

_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class BadLine(Exception):  # noqa: N818
    """A line that cannot be used. `reason` is a word to count by, `detail` holds no text of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


Line = tuple[int, str | BadLine]
"""A line's number, from 1, and its text without the end of the line."""


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        LogError: The file is missing, empty or damaged; also while lines are read.
    """
    number = 0
    try:
        with path.open("rb") as file:
            zipped = file.peek(2)[:2] == _GZIP
            zipper = gzip.GzipFile(fileobj=file) if zipped else None
            for number, line in _decoded(zipper or file):
                yield number, line
    except (OSError, EOFError, zlib.error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        where = f" after line {number}" if number else ""
        raise LogError(f"Cannot read {path}{where}: {why}. Export or copy it again.") from error
    if number == 0:
        raise LogError(f"{path} is empty. Export it again.")


def _decoded(stream: gzip.GzipFile | io.BufferedReader) -> Iterator[Line]:
    wide = stream.peek(2)[:2] in _UTF16
    encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
    with io.TextIOWrapper(stream, encoding=encoding, errors=errors) as text:
        number = 0
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and line[-1] != "\n":
                while (rest := text.readline(MAX_LINE)) and rest[-1] != "\n":
                    continue
                yield number, BadLine("too_long", f"longer than {MAX_LINE} characters")
            elif line.isascii() or _encodes(line):
                yield number, line.rstrip("\n")
            else:
                yield number, BadLine("not_utf8", "not in UTF-8")


def _encodes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
