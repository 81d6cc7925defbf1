"""A question as this shop can answer it, and what has to be said about that."""

from __future__ import annotations

from msgspec.structs import replace

from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.spelling import respelt
from goeswith.engine.question import Question
from goeswith.engine.retrieval.text import terms

Notes = tuple[str, ...]

NO_PRICES = "No price is known in this shop, so the price was not looked at."


def understood(shop: Shop, question: Question) -> tuple[Question, Notes]:
    """Return the question with its words as the shop spells them and bounds it can check.

    The canonical form stays: it is what was asked, and the key follows from it.
    """
    read, notes = _priced(shop, question)
    told: dict[str, str] = {}
    fields = {
        name: _spelt(shop, getattr(read, name), told)
        for name in ("phrase", "anchor", "wanted", "activity")
    }
    if told:
        read = replace(read, **fields)
        notes += tuple(f"Read as: {word}." for word in dict.fromkeys(told.values()))
    return read, notes


def _priced(shop: Shop, question: Question) -> tuple[Question, Notes]:
    limits = question.constraints
    bounded = limits.price_min is not None or limits.price_max is not None
    if not bounded or shop.retriever.has_prices:
        return question, ()
    free = replace(limits, price_min=None, price_max=None)
    return replace(question, constraints=free), (NO_PRICES,)


def _spelt(shop: Shop, phrase: str, told: dict[str, str]) -> str:
    words = phrase.split()
    kept: list[str] = []
    for word in words:
        own = terms(word)
        meant = respelt(own[0], shop.frequency) if len(own) == 1 else ""
        if own == [meant] or not meant:
            kept.append(word)
        else:
            told[word] = meant
            kept.append(meant)
    joined = _joined(shop, kept, told)
    return " ".join(joined) if joined != words else phrase


def _joined(shop: Shop, words: list[str], told: dict[str, str]) -> list[str]:
    """Return the words, those made one that the shop's kinds write as one: "head phones"."""
    found = list(words)
    for at in range(len(words) - 1):
        own = terms("".join(words[at : at + 2]))
        apart = terms(" ".join(words[at : at + 2]))
        if len(own) != 1 or not shop.retriever.names_types(own[0]):
            continue
        if not shop.retriever.names_types(*apart):
            told[" ".join(words[at : at + 2])] = own[0]
            found[at : at + 2] = [own[0]]
            break
    return found
