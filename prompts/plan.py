"""The question: what does a shopper need, and what must be settled before what?"""

from __future__ import annotations

import dataclasses

import msgspec

from goeswith.prompts import reply
from goeswith.prompts.clean import phrase, plain
from goeswith.prompts.fence import suspect
from goeswith.prompts.needs import MAX_NEEDS, NeedFound, NeedReply, read_needs
from goeswith.prompts.program import Program
from goeswith.prompts.question import Input, Question
from goeswith.prompts.reply import Drops, Json, ReplyError
from goeswith.prompts.words import Dropped

MAX_HINTS = 60
MAX_NAME = 100
"""Characters of a type's name. A longer one is left out, for half a name says something else."""


class PlanAsk(msgspec.Struct, frozen=True):
    """A shopper's question and names of product types the shop sells that may matter to it.

    `together` are types that baskets join with what the question names, the closest first.
    """

    question: str
    hints: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    most: int = MAX_NEEDS


class Planned(msgspec.Struct, frozen=True):
    """Needs in the order the model gave them; their dependencies are a DAG."""

    needs: tuple[NeedFound, ...]
    dropped: Dropped = ()

    @property
    def one_need(self) -> bool:
        """True when the question asks for one thing, so nothing has to be ordered."""
        return len(self.needs) == 1


@dataclasses.dataclass(frozen=True)
class PlanReply:
    """The reply's form."""

    one_need: bool
    needs: list[NeedReply]


QUESTION = Question(
    name="plan",
    instructions="""
You split a shopper's question into needs. A need is one kind of product the shopper has to buy.

- If the question asks for one kind of product and nothing with it, set one_need to true and give
  that need alone. A question for what goes with a thing asks for several kinds: one_need is false.
- If the question names something the shopper has or will buy and asks what goes with it, do not
  list that thing; the needs are the kinds of products to use with it.
- Otherwise give 2 to 9 needs that together cover the question, most important first. Leave out
  what is only nice to have and what no shop sells.
- phrase: 2 to 6 words that would find the product in a shop's search, with the quality that
  matters ("sleeping bag rated for frost"). Not a sentence, no brand unless the shopper named it.
- id: n1, n2, and so on, in order.
- depends_on: ids of needs whose choice decides what fits here (a lens depends on the camera).
  Leave it empty when any product would do. Never in a circle.
- anchor: true for the need that others must fit.
- constraints: only what the shopper said in so many words, with the shopper's own words and
  numbers as value. name is the attribute's name, and "" for the other kinds. The size, brand or
  pack of a thing the shopper has is no constraint on what goes with it.
- Write in the language of the question. "bought_with_it" lists kinds of products that this shop's
  customers buy with what the question names, the closest first; "sold_here" lists kinds it sells
  whose names come near the question, some by chance. Either may be empty. Prefer needs that the
  shop can meet, and leave out what does not serve the question.
""",
    inputs=(
        Input("question", str, "the shopper's question"),
        Input("bought_with_it", list, "product types bought with what is named, closest first"),
        Input("sold_here", list, "product types this shop sells, by name"),
    ),
    reply=PlanReply,
)


def hints(names: tuple[str, ...]) -> list[str]:
    """Return names of product types fit to show: whole, and none that talks to a model."""
    shown = (plain(name, MAX_NAME) for name in names if len(name) <= MAX_NAME and not suspect(name))
    return list(dict.fromkeys(name for name in shown if name))[:MAX_HINTS]


def _inputs(asking: PlanAsk) -> dict[str, object]:
    together = hints(asking.together)
    return {
        "question": plain(asking.question, 500),
        "bought_with_it": together,
        "sold_here": [name for name in hints(asking.hints) if name not in together],
    }


def _read(asking: PlanAsk, fields: Json) -> Planned:
    drops = Drops()
    if (single := reply.flag(fields, "one_need")) is None:
        raise ReplyError('"one_need" must be true or false.')
    raw = reply.items(fields, "needs")
    needs = read_needs(raw, asking.question, drops, most=min(asking.most, MAX_NEEDS))
    if not needs and single and (words := phrase(asking.question)):
        needs = (NeedFound(id="n1", phrase=words),)
    if not needs:
        raise ReplyError(f'"needs" holds no usable need ({drops.reasons() or "it is empty"}).')
    return Planned(needs, drops.done())


def _spared(asking: PlanAsk) -> Planned | None:
    return None if plain(asking.question, 500) else Planned(())


PLAN: Program[PlanAsk, Planned] = Program(
    question=QUESTION,
    inputs=_inputs,
    read=_read,
    room=lambda asking: 150 + 90 * min(asking.most, MAX_NEEDS),
    spared=_spared,
)
"""Question in, needs out."""
