"""Text made safe to show: what comes out of a model, and what goes into one."""

from __future__ import annotations

import functools
import re
import unicodedata

_LINK = re.compile(
    r"//|^www\.|^(?:mailto|javascript|vbscript|data|file|tel):"
    r"|[a-z0-9-]\.(?:com|net|org|io|co|ru|cn|info|biz|xyz|shop|store|app|dev|me|link|top|site)\b"
    r"|[a-z0-9-]\.[a-z]{2,}/",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,200}>")
_MARKUP = re.compile(r"[`*<>{}\[\]|\\#]")
_EDGES = " \"'-–—:;,.("
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


def plain(text: str, cap: int) -> str:
    """Return text in NFC on one line, without control, format or unassigned characters.

    `cap` is the greatest length in characters. Used for text that goes into a prompt.
    """
    text = unicodedata.normalize("NFC", text[: cap * 4])
    kept = "".join(_visible(c) for c in text)
    return _SPACE.sub(" ", kept).strip()[:cap].rstrip()


def said(text: str, cap: int) -> str:
    """Return model output as plain words: no control characters, links, tags or markup."""
    text = _MARKUP.sub(" ", _TAG.sub(" ", plain(text, cap * 2)))
    text = " ".join(word for word in text.split() if not _LINK.search(word.lstrip(_EDGES)))
    text = text.strip(_EDGES)
    return text if len(text) <= cap else _cut(text, cap)


def sentence(text: str, cap: int = 200) -> str:
    """Return the first sentence of model output, cleaned, ending in a full stop.

    Empty when fewer than three letters are left.
    """
    text = said(text, cap * 2)
    if end := _SENTENCE_END.search(text):
        text = text[: end.start()]
    text = text.strip(" .!?")
    if len(text) > cap - 1:
        text = _cut(text, cap - 1)
    if sum(c.isalpha() for c in text) < 3:
        return ""
    return text + "."


def phrase(text: str, cap: int = 80) -> str:
    """Return a short noun phrase of model output, cleaned. Empty without two letters."""
    text = said(text, cap).strip(" .!?")
    return text if sum(c.isalpha() for c in text) >= 2 else ""


def same(text: str) -> str:
    """Return the form under which two phrases count as the same words in the same order."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def script(text: str) -> str:
    """Return the script most letters of a text are written in ("LATIN", "CJK"), or ""."""
    counts: dict[str, int] = {}
    for c in text[:400]:
        if c.isalpha():
            name = _script_of(c)
            counts[name] = counts.get(name, 0) + 1
    return max(sorted(counts), key=counts.__getitem__) if counts else ""


@functools.lru_cache(maxsize=4096)
def _visible(c: str) -> str:
    """Return a character, nothing for an invisible one, a space for other control characters."""
    category = unicodedata.category(c)
    if category == "Cf":
        return ""
    return " " if category[0] == "C" else c


@functools.lru_cache(maxsize=4096)
def _script_of(c: str) -> str:
    return unicodedata.name(c, "UNKNOWN").split(" ", 1)[0]


def _cut(text: str, cap: int) -> str:
    head = text[:cap]
    space = head.rfind(" ")
    return (head[:space] if space > cap // 2 else head).rstrip(_EDGES)
