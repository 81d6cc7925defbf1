"""A stable fingerprint of what relations depend on in a product."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from goeswith.engine.model import Product

SIZE = 16
"""Bytes of a fingerprint."""

_encode = msgspec.msgpack.Encoder().encode


def fingerprint(product: Product) -> bytes:
    """Return 16 bytes over title, brand, product_type, attributes and item_group.

    BLAKE2b-128 of the MessagePack of these fields with attributes in name order, so row order, file
    format, price and availability do not matter. The sku is not part of it.
    """
    fields = (
        product.title,
        product.brand,
        product.product_type,
        sorted(product.attributes.items()),
        product.item_group,
    )
    return blake2b(_encode(fields), digest_size=SIZE).digest()
