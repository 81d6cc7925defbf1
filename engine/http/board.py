"""What each worker of a service counted, where every other worker can read it.

Workers are forked from one process, so they share memory that it mapped before. Each has a place
there and writes its figures into it now and then; whoever is asked for the figures of the service
adds up all places. A worker that takes over the place of one that ended counts on from there, so a
counter never goes back.

A place has two halves, written in turn, each with a digest. So there is no lock that a killed
worker could keep, and a half that is being written is not read.
"""

from __future__ import annotations

import mmap
import struct

import msgspec
import xxhash

from goeswith.engine.http.metrics import Figures

HALF = 64 * 1024
"""Bytes for the figures of a worker: several times what all routes and statuses take."""

_HEAD = struct.Struct("<16sQI")
_AFTER_DIGEST = 16
_decoder = msgspec.msgpack.Decoder(Figures)


class Board:
    """The places of one service. Make it before the workers are forked."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._shared = mmap.mmap(-1, places * 2 * HALF)

    def place(self, number: int) -> Place:
        """Return one of the places, counted from 0."""
        return Place(self, number)

    def latest(self, place: int) -> tuple[int, Figures | None]:
        """Return how often a place was written, and what was written last."""
        found = [self._half(place, half) for half in (0, 1)]
        number, payload = max(found, key=lambda each: each[0])
        return number, _decoder.decode(payload) if number else None

    def put(self, place: int, number: int, payload: bytes) -> None:
        """Write into the half of a place that is not read meanwhile."""
        if _HEAD.size + len(payload) > HALF:
            raise ValueError(f"The figures of a worker take {len(payload)} bytes.")
        start = self._start(place, number % 2)
        rest = _HEAD.pack(b"", number, len(payload))[_AFTER_DIGEST:] + payload
        self._shared[start : start + 16 + len(rest)] = xxhash.xxh3_128_digest(rest) + rest

    def _half(self, place: int, half: int) -> tuple[int, bytes]:
        """Return the number and the bytes of a half, zero for one that is not whole."""
        start = self._start(place, half)
        digest, number, length = _HEAD.unpack_from(self._shared, start)
        rest = self._shared[start + _AFTER_DIGEST : start + min(HALF, _HEAD.size + length)]
        if digest != xxhash.xxh3_128_digest(rest):
            return 0, b""
        return number, rest[_HEAD.size - _AFTER_DIGEST :]

    def _start(self, place: int, half: int) -> int:
        return (2 * place + half) * HALF


class Place:
    """Where one worker tells its figures."""

    def __init__(self, board: Board, own: int) -> None:
        self._board = board
        self._own = own
        self._number, self.before = board.latest(own)

    def tell(self, figures: Figures) -> None:
        """Write the figures of this worker."""
        self._number += 1
        self._board.put(self._own, self._number, msgspec.msgpack.encode(figures))

    def others(self) -> list[Figures]:
        """Return what the other workers told last."""
        board = self._board
        found = [board.latest(place)[1] for place in range(board.places) if place != self._own]
        return [figures for figures in found if figures is not None]
