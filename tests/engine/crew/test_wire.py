"""What is sent arrives as it was, however the stream is cut, and errors stay what they are."""

from __future__ import annotations

import inspect

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache import CacheError
from goeswith.engine import errors
from goeswith.engine.crew.wire import (
    LONGEST,
    Frames,
    Start,
    Step,
    WorkError,
    error_of,
    failed,
    framed,
    read_order,
    read_report,
)
from goeswith.engine.settings import Settings, load_settings


@given(st.lists(st.binary(max_size=400), max_size=8), st.lists(st.integers(1, 300)))
def test_a_stream_may_be_cut_anywhere(payloads: list[bytes], cuts: list[int]) -> None:
    sent = [Step(number, "edge", data) for number, data in enumerate(payloads)]
    stream = b"".join(map(framed, sent))
    frames, heard, at = Frames(), list[object](), 0
    for size in [*cuts, len(stream)]:
        heard += map(read_report, frames.feed(stream[at : at + size]))
        at += size
    assert heard == sent


def test_a_message_longer_than_any_is_refused() -> None:
    with pytest.raises(ValueError, match="says that it has"):
        list(Frames().feed((LONGEST + 1).to_bytes(4, "big") + b"x"))


def test_settings_arrive_as_they_were() -> None:
    settings = load_settings(environ={}, flags={"home": "/srv/a shop", "serve.builds": 3})
    order = read_order(framed(Start(settings, 3))[4:])
    assert order == Start(settings, 3)
    assert isinstance(order, Start)
    assert isinstance(order.settings, Settings)
    assert order.settings.home == settings.home


FORESEEN = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.GoeswithError)
]


@pytest.mark.parametrize("kind", [*FORESEEN, CacheError])
def test_an_error_stays_what_it_is(kind: type[Exception]) -> None:
    told = failed(7, kind("Do this."))
    arrived = error_of(msgspec.msgpack.decode(framed(told)[4:], type=type(told)))
    assert type(arrived) is kind
    assert str(arrived) == "Do this."


def test_the_words_of_an_error_nobody_foresaw_stay_where_they_are() -> None:
    told = failed(7, KeyError("a shopper's words"))
    assert told.message == ""
    arrived = error_of(told)
    assert type(arrived) is WorkError
    assert str(arrived) == "KeyError"


def test_an_error_of_a_kind_unknown_there_is_told_as_its_base() -> None:
    class OddError(errors.HomeError):
        pass

    assert type(error_of(failed(7, OddError("Do this.")))) is errors.HomeError
