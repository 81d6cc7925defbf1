"""A shop for tests of the warm-up: what a question says decides what becomes of it.

"empty ..." has no answer, "short ..." is cut short, "boom ..." raises, "die ..." ends the process,
"ask N ..." makes N LM calls of 100 tokens and 0.01 USD each. The first word is the kind. `now` is a
clock that only builds move, by the length of the question and some time between builds.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from goeswith.cache import AnswerCache, DiskStore, Flag
from goeswith.cache.keys import key_of
from goeswith.cache.warmup import Built, Meaning, Outcome, Spec, Spend, Unread

PAYLOAD = "answer to {} ".format


def key(text: str) -> str:
    return key_of("fake", " ".join(text.lower().split()))


def read(text: str) -> Meaning | Unread:
    """Case and blanks do not matter; "?" is no question, and "@" looks like a person."""
    if "?" in text:
        return Unread("not a question")
    if "@" in text:
        return Unread("personal")
    return Meaning(key(text), text.lower().split()[0])


def spec(folder: Path) -> Spec:
    return Spec("tests.cache.warmup.fake_shop:open_shop", msgspec.json.encode(str(folder)).decode())


def open_shop(arguments: str) -> FakeShop:
    return FakeShop(Path(msgspec.json.decode(arguments, type=str)))


class FakeShop:
    def __init__(self, folder: Path) -> None:
        self.answers = AnswerCache(disk=DiskStore(folder, synchronous="NORMAL"))
        self.built: list[str] = []
        self.closed = False
        self.now = 0.0

    def known(self, key: str) -> Outcome | None:
        hit = self.answers.get(key)
        if hit is None or hit.stale:
            return None
        return Outcome.COMPLETE if hit.complete else Outcome.EMPTY

    def build(self, text: str) -> Built:
        text = " ".join(text.lower().split())
        self.built.append(text)
        word, *rest = text.split()
        took = 0.01 + 0.001 * len(text)
        self.now += took + 0.002
        spend = Spend()
        if word == "ask":
            calls = int(rest[0])
            spend = Spend(calls, 100 * calls, 0.01 * calls)
        if word == "boom":
            raise RuntimeError(text)
        if word == "die":
            os._exit(9)
        if word == "short":
            return Built(Outcome.FAILED, took, spend, "cut short")
        flags = Flag.NEGATIVE if word == "empty" else Flag(0)
        self.answers.put(key(text), (PAYLOAD(text) * 20).encode(), ["tag"], flags=flags)
        return Built(Outcome.EMPTY if flags else Outcome.COMPLETE, took, spend)

    def close(self) -> None:
        self.closed = True

    def stored(self) -> dict[str, bytes]:
        """Return key to payload of everything in the store."""
        assert self.answers.disk is not None
        found = {}
        for name in self.answers.disk.scan_tag("tag"):
            hit = self.answers.get(name)
            assert hit is not None
            found[name] = hit.payload
        return found
