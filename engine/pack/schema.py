"""What a pack file may hold. Knows nothing of files, catalogs or indexes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from goeswith.engine.model import Constraints, Relation

Id = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A name for machines: lower case words joined by hyphens."""

_PLAIN = r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]*"
_EDGED = rf"^(?=\S)(?!.*\s$){_PLAIN}$"

Phrase = Annotated[str, Meta(pattern=_EDGED, min_length=2, max_length=80)]
"""What a shopper would type, without surrounding space or control characters."""

Sentence = Annotated[str, Meta(pattern=_EDGED, min_length=12, max_length=200)]
"""A reason as a shopper would read it."""

Value = Annotated[str, Meta(pattern=_EDGED, max_length=80)]
"""One attribute value. It may be a single letter or figure."""

Test = Literal["equal", "overlap", "accepts", "at_least", "at_most"]
"""How a rule compares: the left value is the one of the device, the right one must fit it."""

PACK_RELATIONS = frozenset(
    {
        Relation.ACCESSORY,
        Relation.COMPATIBLE_WITH,
        Relation.OFTEN_BOUGHT_WITH,
        Relation.PART_OF_SET,
        Relation.REQUIRED_PART,
        Relation.SUBSTITUTE,
    }
)
"""Relations that may stand between two kinds of product."""

SYMMETRIC = frozenset(
    {
        Relation.COMPATIBLE_WITH,
        Relation.OFTEN_BOUGHT_WITH,
        Relation.PART_OF_SET,
        Relation.SUBSTITUTE,
    }
)
"""Relations that are written once and read from both ends."""


class PackNeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing an activity calls for.

    `synonyms` are other phrases that cover the need: another name, or a usual alternative.
    `after` names the needs whose choice decides what fits here; `relation` is the relation from
    each of them to this need. An anchor is what the shopper probably owns or others must fit.
    """

    id: Id
    phrase: Phrase
    reason: Sentence
    synonyms: tuple[Phrase, ...] = ()
    after: tuple[Id, ...] = ()
    relation: Relation | None = None
    anchor: bool = False
    constraints: Constraints = Constraints()

    @property
    def names(self) -> tuple[str, ...]:
        """Every phrase that covers the need, its own first."""
        return (self.phrase, *self.synonyms)


class Activity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An activity or occasion, the ways shoppers say it, and what it calls for."""

    id: Id
    names: Annotated[tuple[Phrase, ...], Meta(min_length=1, max_length=12)]
    needs: Annotated[tuple[PackNeed, ...], Meta(min_length=1, max_length=12)]
    audience: str = ""


class PackRelation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A relation between two kinds of product. The head is what the shopper has or asks about."""

    head: Phrase
    relation: Relation
    tail: Phrase
    reason: Sentence


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which attributes must agree between two kinds of product.

    `left` and `right` are phrases for the kinds. The first attribute name that a product has is
    the one compared. `accept` and `reject` are the sentences shown for either outcome.
    """

    id: Id
    left: Annotated[tuple[Phrase, ...], Meta(min_length=1)]
    right: Annotated[tuple[Phrase, ...], Meta(min_length=1)]
    left_attributes: Annotated[tuple[str, ...], Meta(min_length=1)]
    right_attributes: Annotated[tuple[str, ...], Meta(min_length=1)]
    test: Test
    accept: Sentence
    reject: Sentence


class Accepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """For a rule with the test "accepts": what any of these left values takes with no adapter."""

    rule: Id
    values: Annotated[tuple[Value, ...], Meta(min_length=1)]
    takes: Annotated[tuple[Value, ...], Meta(min_length=1)]


class Adapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part that joins a left value of a rule to right values it does not take by itself."""

    rule: Id
    values: Annotated[tuple[Value, ...], Meta(min_length=1)]
    takes: Annotated[tuple[Value, ...], Meta(min_length=1)]
    phrase: Phrase
    reason: Sentence


Triple = tuple[Phrase, Phrase, Sentence]
"""A relation as written: head, tail, reason."""


class PackFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One pack file as written. Every part is optional.

    `relations` maps a relation to triples of head, tail and reason. `aliases` maps a phrase to
    other names of the same thing. `generic` lists statements that say nothing about a product.
    `broad` lists last words that name nothing by themselves, `whose` groups of words for whom or
    what a thing is, `unlike` groups of words that exclude each other, `tools` last words that name
    a thing for what stands before them.
    """

    activity: tuple[Activity, ...] = ()
    relations: dict[Relation, tuple[Triple, ...]] = {}
    aliases: dict[Phrase, tuple[Phrase, ...]] = {}
    rule: tuple[Rule, ...] = ()
    accepts: tuple[Accepts, ...] = ()
    adapter: tuple[Adapter, ...] = ()
    generic: tuple[Phrase, ...] = ()
    broad: tuple[Phrase, ...] = ()
    whose: tuple[tuple[Phrase, ...], ...] = ()
    unlike: tuple[tuple[Phrase, ...], ...] = ()
    tools: tuple[Phrase, ...] = ()


class Compiled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shipped files as parsed and checked, with the digest of the bytes they came from."""

    digest: str
    parts: tuple[PackFile, ...]
