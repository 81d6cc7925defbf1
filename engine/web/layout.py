"""Where each card, row and line of a subgraph is drawn.

Ranks stand from left to right. A card is a need; its rows are its product types and products. A
rank with many cards is folded into several columns.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from goeswith.engine.web.cards import Card, gather
from goeswith.engine.web.drawing import (
    BETWEEN,
    BULGE,
    FOLD,
    FOOT,
    GAP,
    HEAD,
    INDENT,
    MARGIN,
    ROW,
    TALL,
    TOP,
    WIDTH,
    Band,
    Box,
    Layout,
    Row,
)
from goeswith.engine.web.lines import draw
from goeswith.engine.web.order import arrange
from goeswith.engine.web.shape import Shape


def layout(shape: Shape) -> Layout:
    """Return the drawing of a subgraph. The same shape gives the same drawing.

    Edges whose ends are not nodes of the shape are left out.
    """
    boxes, bands = _place(gather(shape), shape)
    lines, after = draw(boxes, shape.graph.edges, shape.plan.needs)
    right = max((band.x + band.width for band in bands), default=0.0)
    bottom = max((box.y + box.height for box in boxes), default=0.0)
    return Layout(
        width=right + BULGE,
        height=bottom + BETWEEN,
        ranks=tuple(bands),
        boxes=tuple(boxes),
        lines=tuple(lines),
        after=tuple(after),
    )


def _place(cards: list[Card], shape: Shape) -> tuple[list[Box], list[Band]]:
    by_id = {card.id: card for card in cards}
    ranks: list[list[str]] = [[] for _ in range(max((c.rank for c in cards), default=-1) + 1)]
    for card in cards:
        ranks[card.rank].append(card.id)
    ordered = arrange(ranks, _links(cards, shape))
    folded = [_fold([by_id[name] for name in rank]) for rank in ordered]
    tallest = max((_total(column) for rank in folded for column in rank), default=0.0)
    boxes: list[Box] = []
    bands: list[Band] = []
    x, number = float(MARGIN), 0
    for rank, columns in enumerate(folded):
        width = len(columns) * WIDTH + (len(columns) - 1) * FOLD
        bands.append(Band(rank, x, width))
        for column in columns:
            y = TOP + BETWEEN + (tallest - _total(column)) / 2.0
            for card in column:
                boxes.append(_box(card, number, x, y))
                y += _height(card) + BETWEEN
            x += WIDTH + FOLD
            number += 1
        x += GAP - FOLD
    return boxes, bands


def _links(cards: Sequence[Card], shape: Shape) -> dict[str, list[str]]:
    home = {node: card.id for card in cards for node in (card.id, *card.rows)}
    pairs = [(edge.source, edge.target) for edge in shape.graph.edges]
    pairs += [(f"need:{up}", f"need:{n.id}") for n in shape.plan.needs for up in n.depends_on]
    links: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        if source in home and target in home and home[source] != home[target]:
            links[home[source]].append(home[target])
            links[home[target]].append(home[source])
    return links


def _fold(rank: Sequence[Card]) -> list[list[Card]]:
    """Split a rank into columns of about the same height, in its order."""
    total = _total(rank)
    count = max(1, math.ceil(total / TALL))
    columns: list[list[Card]] = [[] for _ in range(count)]
    passed = 0.0
    for card in rank:
        middle = passed + _height(card) / 2
        columns[min(count - 1, int(middle / total * count))].append(card)
        passed += _height(card) + BETWEEN
    return [column for column in columns if column]


def _total(column: Sequence[Card]) -> float:
    return sum(map(_height, column)) + BETWEEN * (len(column) - 1)


def _height(card: Card) -> float:
    if not card.need:
        return ROW + FOOT
    return HEAD + ROW * len(card.rows) + (FOOT if card.rows else 0)


def _box(card: Card, column: int, x: float, y: float) -> Box:
    top, left = (y + HEAD, x + INDENT) if card.need else (y + FOOT / 2, x + FOOT)
    width = WIDTH - (left - x) - FOOT
    rows = tuple(
        Row(node, left, top + number * ROW, width, ROW) for number, node in enumerate(card.rows)
    )
    return Box(card.need, card.id, card.rank, column, x, y, WIDTH, _height(card), rows)
