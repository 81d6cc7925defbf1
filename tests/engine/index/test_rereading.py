"""An index that another version read is noticed, and is read again without the shop's files."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.http.health import readiness
from goeswith.engine.http.service import Service
from goeswith.engine.index.home import Home, Manifest
from goeswith.engine.index.rereading import read_again
from goeswith.engine.meaning.grounding import FILE
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings

QUESTION = "what do I need to photograph birds"
ADVICE = "goeswith index --knowledge"


@pytest.fixture
def older(home: Path) -> Path:
    """A home whose index was read by a version that knew no phrase of today's."""
    folder = Home(home).current().folder
    place = folder / "manifest.json"
    manifest = msgspec.json.decode(place.read_bytes(), type=Manifest)
    empty = msgspec.json.encode({"pack": "before", "phrases": {}})
    folder.joinpath(FILE).write_bytes(empty)
    files = {**manifest.files, FILE: len(empty)}
    told = msgspec.structs.replace(manifest, reading="", pack="before", files=files)
    place.write_bytes(msgspec.json.encode(told))
    return home


def reread(home: Path) -> None:
    read_again(
        Home(home), embedder=load_embedder("hash"), pack=load_pack(), progress=lambda *_: None
    )


def products(engine: Engine) -> set[str]:
    body = engine.ask(QUESTION).to_dict()
    return {p["sku"] for group in body["groups"] for p in group["products"]}


def test_an_index_of_this_version_is_not_told_of(engine: Engine) -> None:
    assert engine.outdated == ""


def test_an_older_reading_is_told_once_and_where_an_operator_looks(
    older: Path, spelling: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), Engine.open(older, settings=spelling) as engine:
        products(engine)
        assert [ADVICE in record.getMessage() for record in caplog.records] == [True]
        assert ADVICE in readiness(Service(engine, spelling)).detail


def test_it_is_read_again_without_files_and_picked_up(older: Path, spelling: Settings) -> None:
    with Engine.open(older, settings=spelling) as engine:
        before = products(engine)
        reread(older)
        assert products(engine) > before
        assert engine.outdated == ""
    current = Home(older).current()
    assert current.manifest.generation == 2
    vectors = Path("retrieval", "vectors.npy")
    first = older / "generations" / "000001"
    assert current.folder.joinpath(vectors).samefile(first / vectors)


def test_what_is_read_again_is_what_an_index_run_reads(home: Path) -> None:
    fresh = Home(home).current()
    reread(home)
    again = Home(home).current()
    assert again.folder.joinpath(FILE).read_bytes() == fresh.folder.joinpath(FILE).read_bytes()
    assert again.manifest.digest == fresh.manifest.digest
