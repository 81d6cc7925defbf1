"""What the shopper has decides what fits, also when it covers a need of an activity."""

from __future__ import annotations

import numpy as np

from goeswith.engine import Engine
from goeswith.engine.graph.outline import Brief
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Need
from goeswith.engine.planner.basket import by_share, is_in_basket
from goeswith.engine.request import Request

BIRDS = "what do I need to photograph birds"
BATTERY = "BAT-ENEL15C"


def test_a_camera_is_offered_that_runs_on_the_battery_in_the_basket(engine: Engine) -> None:
    """The activity plans the battery after the camera; who has the battery needs its camera."""
    catalog = engine.shop.catalog
    row = catalog.row(BATTERY)
    assert row is not None
    model = catalog.product(row).attributes["model"]
    body = engine.ask(Request(BIRDS, basket=(BATTERY,))).data()
    offered = next(group for group in body.groups if group.need == "camera").products
    for product in offered:
        at = catalog.row(product.sku)
        assert at is not None
        assert model in catalog.product(at).attributes["battery"].split("|")
    camera = next(need for need in body.plan.needs if need.id == "camera")
    assert any(is_in_basket(parent) for parent in camera.depends_on)


def test_needs_that_complete_the_basket_come_first_and_others_keep_their_order() -> None:
    kinds = Kinds(
        [("Memory",), ("Drive",), ("Supply",)], np.eye(3, dtype=np.float32), np.ones(3, np.int64)
    )
    briefs = [Brief(Need("paste", "paste"))]
    briefs += [Brief(Need(kinds.name(n), kinds.name(n)), type_ids=(n,)) for n in range(3)]
    found = by_share(briefs, {"type:Supply": 0.9, "type:Drive": 0.6}, kinds)
    assert [brief.type_ids for brief in found] == [(2,), (1,), (), (0,)]
