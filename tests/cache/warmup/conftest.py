import pytest


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, root: object) -> None:
    """Let the workers that tests start import `tests.cache.warmup.fake_shop`."""
    import os

    paths = [os.environ.get("PYTHONPATH", ""), str(root)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in paths if path))
