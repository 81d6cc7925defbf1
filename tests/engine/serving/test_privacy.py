"""Which questions may hold personal data."""

from __future__ import annotations

import pytest

from goeswith.engine.serving.privacy import is_personal


@pytest.mark.parametrize(
    "text",
    [
        "lens, mail jo@example.org",
        "JO.DOE+shop@mail.example.co.uk",
        "ｊｏ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "call (555) 013-4477",
        "call +1 (555) 013-4477",
        "call 555.013.4477",
        "call 555\u2011013\u20114477",
        "tel +49 30 901820",
        "card 4111 1111 1111 1111",
        "IBAN DE89 3704 0044 0532 0130 00",
        "٠٥٥٥٠١٣٤٤٧٧",
    ],
)
def test_personal(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lens for Canon EOS R10",
        "Canon RF 100-500mm F4.5-7.1 L IS USM",
        "24 cans of cola 12 oz under $10.99",
        "iphone 15 pro 256 gb",
        "party for 12 on 24/12/2026",
        "what goes with @home",
        "size 38 x 32 x 30",
    ],
)
def test_not_personal(text: str) -> None:
    assert not is_personal(text)
