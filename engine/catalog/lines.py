"""Bytes as lines of text, whatever the encoding."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 1 << 22
"""Characters of the longest line that is read."""


def text_lines(stream: BinaryIO, head: bytes, changed: Counter[str]) -> Iterator[str | None]:
    r"""Yield the lines of a stream that begins with `head`; None for one over MAX_LINE.

    Lines end in \n, \r\n or \r and keep their end. UTF-8 and UTF-16 are read, with or without byte
    order mark. A line that is not UTF-8 is taken as Windows-1252 and counted in `changed`.
    """
    wide = _utf16(head)
    errors = "replace" if wide else "surrogateescape"
    encoding = wide or "utf-8-sig"
    with io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="") as text:
        while line := text.readline(MAX_LINE):
            if len(line) == MAX_LINE and line[-1] not in "\r\n":
                _skip_line(text)
                yield None
            elif line.isascii():
                yield line
            else:
                yield _decoded(line, changed)


def _utf16(head: bytes) -> str:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.4 * half:
        return "utf-16-le"
    if half and head[0::2].count(0) > 0.4 * half:
        return "utf-16-be"
    return ""


def _skip_line(text: io.TextIOWrapper) -> None:
    while (rest := text.readline(MAX_LINE)) and rest[-1] not in "\r\n":
        continue


def _decoded(line: str, changed: Counter[str]) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        raw = line.encode("utf-8", "surrogateescape")
    else:
        return line
    changed["not_utf8"] += 1
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
