"""The question: which words would find this in the shop's search?"""

from __future__ import annotations

import dataclasses

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import phrase, plain, same
from goeswith.prompts.fence import suspect
from goeswith.prompts.plan import hints
from goeswith.prompts.program import Program
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import Dropped

MAX_ASKED = 12
MAX_QUERIES = 3


class PhraseAsk(msgspec.Struct, frozen=True):
    """Needs (id, phrase) to put into search words, all in one call, and the shop's own types."""

    needs: tuple[tuple[str, str], ...]
    hints: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()


class Phrased(msgspec.Struct, frozen=True):
    """Up to `MAX_QUERIES` queries by need id, best first. A need may be missing."""

    queries: tuple[tuple[str, tuple[str, ...]], ...]
    dropped: Dropped = ()


@dataclasses.dataclass(frozen=True)
class QueryReply:
    """One need's queries."""

    need: str
    queries: list[str]


@dataclasses.dataclass(frozen=True)
class PhraseReply:
    """The reply's form."""

    answers: list[QueryReply]


QUESTION = Question(
    name="phrase",
    instructions="""
For each need write 1 to 3 queries that would find fitting products in this shop's search engine,
which matches words and meaning against product titles.

- Each query 1 to 6 words: the thing's plain name, other names for it, the shop's own words where
  "sold_here" shows them. No sentences, no prices, no "best", no brand the need does not name.
- "chosen" may name products already picked. Only where the fit is technical (a mount, a socket, a
  connector, a model, a size that must match) add what makes a product fit them; else write the
  query as if nothing were picked, without their names.
- Answer every need once, by its id.
""",
    inputs=(
        Input("needs", list, "needs: id and phrase"),
        Input("chosen", list, "products already picked"),
        Input("sold_here", list, "product types this shop sells"),
    ),
    reply=PhraseReply,
)


def _rows(asking: PhraseAsk) -> dict[str, tuple[str, str]]:
    return {
        f"q{n}": (need, words)
        for n, (need, words) in enumerate(asking.needs[:MAX_ASKED], 1)
        if plain(words, 200) and not suspect(words)
    }


def _inputs(asking: PhraseAsk) -> dict[str, object]:
    rows = _rows(asking).items()
    chosen = [plain(title, 120) for title in asking.chosen[:12] if not suspect(title)]
    return {
        "needs": [{"need": name, "phrase": plain(words, 200)} for name, (_, words) in rows],
        "chosen": [title for title in chosen if title],
        "sold_here": hints(asking.hints),
    }


def _read(asking: PhraseAsk, fields: Json) -> Phrased:
    drops = Drops()
    rows = _rows(asking)
    found: dict[str, tuple[str, ...]] = {}
    for item in reply.items(fields, "answers"):
        row = rows.get(reply.text(item, "need"))
        if row is None:
            drops.drop("unknown need")
            continue
        said = (phrase(query, 60) for query in reply.strings(item, "queries", 2 * MAX_QUERIES))
        unique = {same(query): query for query in said if query and not suspect(query)}
        if row[0] in found:
            drops.drop("answered twice")
        elif not unique:
            drops.drop("no query", reply.text(item, "need"), "no query that can be used")
        else:
            found[row[0]] = tuple(unique.values())[:MAX_QUERIES]
    if not found:
        raise ReplyError(
            f'"answers" holds none of the needs asked. {drops.told(rows, "not answered")}'
        )
    return Phrased(
        tuple((need, found[need]) for need, _ in rows.values() if need in found), drops.done()
    )


def _spared(asking: PhraseAsk) -> Phrased | None:
    return None if _rows(asking) else Phrased(())


PHRASE: Program[PhraseAsk, Phrased] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 80 + 60 * min(len(asking.needs), MAX_ASKED),
    spared=_spared,
)
"""Needs in, search queries out, in one call."""
