from __future__ import annotations

import pytest

from goeswith.eval.loaders.giftware import kind_of

LOOKS = frozenset({"white", "heart", "red", "retrospot", "large"})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "Holder"),
        ("RED WOOLLY HOTTIE WHITE HEART.", "Hottie"),
        ("SET 7 BABUSHKA NESTING BOXES", "Box"),
        ("JUMBO BAG RED RETROSPOT", "Bag"),
        ("PACK OF 6 BIRTHDAY CANDLES, LARGE", "Candle"),
        ("GLASS BUNNIES", "Bunny"),
        ("LARGE RED", ""),
    ],
)
def test_the_type_is_what_the_thing_is(name: str, kind: str) -> None:
    assert kind_of(name, LOOKS) == kind
