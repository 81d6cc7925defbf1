"""What the shopper has decides what fits, also when it covers a need of an activity."""

from __future__ import annotations

from goeswith.engine import Engine
from goeswith.engine.planner.basket import is_in_basket
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
