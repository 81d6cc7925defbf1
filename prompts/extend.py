"""The question: now that these products are chosen, what does the plan still lack?"""

from __future__ import annotations

import dataclasses

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import plain
from goeswith.prompts.fence import suspect
from goeswith.prompts.needs import MAX_NEEDS, NeedFound, NeedReply, read_needs
from goeswith.prompts.program import Program
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json
from goeswith.prompts.words import Dropped

MAX_NEW = 3
MAX_SUMMARY = 2000


class ExtendAsk(msgspec.Struct, frozen=True):
    """A plan under way: the needs so far (id, phrase) and a summary line for each one settled."""

    question: str
    needs: tuple[tuple[str, str], ...]
    found: tuple[str, ...] = ()
    most: int = MAX_NEW


class Extended(msgspec.Struct, frozen=True):
    """New needs, often none. They depend on needs so far or on each other, never the reverse."""

    needs: tuple[NeedFound, ...]
    dropped: Dropped = ()


@dataclasses.dataclass(frozen=True)
class ExtendReply:
    """The reply's form."""

    needs: list[NeedReply]


QUESTION = Question(
    name="extend",
    instructions="""
A shopper's question was split into needs, and products were chosen for some of them. Say which
needs the chosen products bring with them that the plan does not hold yet: a part they cannot work
without, something they use up, something that makes them fit each other.

- Mostly the right answer is an empty list. Give at most 3 needs.
- phrase: 2 to 6 words that would find the product in a shop's search.
- id: a new id. depends_on: ids of needs, old or new, whose choice decides what fits here.
- anchor: false unless other needs must fit this one. constraints: only what the shopper said in so
  many words; name is the attribute's name, and "" for the other kinds.
- Never repeat a need of the plan in other words. Write in the language of the question.
""",
    inputs=(
        Input("question", str, "the shopper's question"),
        Input("plan", list, "needs so far: id and phrase"),
        Input("chosen", list, "what was chosen, one line for each need that is settled"),
    ),
    reply=ExtendReply,
)


def _inputs(asking: ExtendAsk) -> dict[str, object]:
    return {
        "question": plain(asking.question, 500),
        "plan": [{"id": plain(i, 12), "phrase": plain(p, 80)} for i, p in asking.needs],
        "chosen": _rolling(asking.found),
    }


def _rolling(found: tuple[str, ...]) -> list[str]:
    """Return the newest lines that fit the cap, in their order, without those that give orders."""
    lines: list[str] = []
    room = MAX_SUMMARY
    for line in reversed([plain(f, 240) for f in found if not suspect(f)]):
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return lines[::-1]


def _read(asking: ExtendAsk, fields: Json) -> Extended:
    drops = Drops()
    raw = reply.items(fields, "needs")
    needs = read_needs(
        raw, asking.question, drops, known=asking.needs, most=min(asking.most, MAX_NEEDS)
    )
    return Extended(needs, drops.done())


def _spared(asking: ExtendAsk) -> Extended | None:
    return None if asking.needs and asking.most > 0 else Extended(())


EXTEND: Program[ExtendAsk, Extended] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 100 + 90 * min(asking.most, MAX_NEEDS),
    spared=_spared,
)
"""Plan and choices in, new needs out."""
