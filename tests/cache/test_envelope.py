import struct
import tracemalloc
import zlib

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache import envelope
from goeswith.cache.envelope import Damaged, Flag, Meta, Opened, Outdated, pack, unpack
from goeswith.cache.errors import ValueRefusedError

META = Meta(1.0, 2.0, 3.0, 4.0)
HEAD = 60


def forge(key: str, blob: bytes) -> bytes:
    """Give changed bytes a digest that matches."""
    rest = blob[20:]
    seed = xxhash.xxh3_64_intdigest(key.encode())
    return blob[:4] + xxhash.xxh3_128_digest(rest, seed=seed) + rest


@given(st.binary(max_size=300), st.sampled_from(list(map(Flag, range(4)))), st.integers(0, 400))
def test_what_goes_in_comes_out(payload: bytes, flags: Flag, zlib_from: int) -> None:
    meta = Meta(1.0, 2.0, 3.0, 4.0, flags)
    opened = unpack("k", pack("k", payload, meta, zlib_from=zlib_from))
    assert opened == Opened(1.0, 2.0, 3.0, 4.0, flags, payload)


@given(st.binary(max_size=200), st.data())
def test_any_flipped_bit_is_damage(payload: bytes, data: st.DataObject) -> None:
    blob = bytearray(pack("k", payload, META))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    assert isinstance(unpack("k", bytes(blob)), Damaged)


@given(st.binary(max_size=200))
def test_any_bytes_are_damage_not_an_error(blob: bytes) -> None:
    assert isinstance(unpack("k", blob), Damaged)


@given(st.binary(max_size=100), st.integers(0, 159))
def test_a_cut_envelope_is_damage(payload: bytes, length: int) -> None:
    blob = pack("k", payload, META)
    if length < len(blob):
        assert isinstance(unpack("k", blob[:length]), Damaged)


def test_an_envelope_belongs_to_its_key() -> None:
    assert isinstance(unpack("other", pack("k", b"x", META)), Damaged)


def test_large_payloads_are_compressed_and_small_ones_are_not() -> None:
    assert len(pack("k", b"a" * 8_800, META)) == HEAD + 8_800
    assert len(pack("k", b"a" * 100_000, META)) < 2_000


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    blob = bytearray(pack("k", b"\0" * 100_000, META))[:HEAD] + bomb
    for length in (1_000, envelope.MAX_PAYLOAD, 2**32 - 1):
        struct.pack_into("<I", blob, HEAD - 4, length)
        tracemalloc.start()
        assert isinstance(unpack("k", forge("k", bytes(blob))), Damaged)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * envelope.MAX_PAYLOAD


@pytest.mark.parametrize("tail", [b"more", zlib.compress(b"second")])
def test_bytes_after_the_compressed_body_are_damage(tail: bytes) -> None:
    blob = pack("k", b"a" * 100_000, META) + tail
    assert isinstance(unpack("k", forge("k", blob)), Damaged)


def test_an_unknown_codec_is_damage() -> None:
    blob = bytearray(pack("k", b"x", META))
    blob[22] = 9
    assert isinstance(unpack("k", forge("k", bytes(blob))), Damaged)


def with_schema(number: int) -> bytes:
    blob = bytearray(pack("k", b"x", META))
    struct.pack_into("<H", blob, 20, number)
    return forge("k", bytes(blob))


@pytest.mark.parametrize("number", [0, envelope.SCHEMA + 1, 65_535])
def test_other_schemas_are_a_miss(number: int) -> None:
    assert unpack("k", with_schema(number)) == Outdated(number)


def test_a_migration_brings_a_payload_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        *envelope.MIGRATIONS,
        envelope.Migration(1, "one", lambda old: old + b"1"),
        envelope.Migration(2, "two", lambda old: old + b"2"),
    )
    blob = with_schema(1)
    monkeypatch.setattr(envelope, "MIGRATIONS", rows)
    monkeypatch.setattr(envelope, "SCHEMA", 3)
    assert unpack("k", blob) == Opened(1.0, 2.0, 3.0, 4.0, Flag(0), b"x12")


def test_migrations_are_numbered_without_gaps() -> None:
    assert [row.schema for row in envelope.MIGRATIONS] == list(range(envelope.SCHEMA))


def test_too_large_a_payload_is_refused() -> None:
    with pytest.raises(ValueRefusedError, match="over the limit"):
        pack("k", b"x" * (envelope.MAX_PAYLOAD + 1), META)
