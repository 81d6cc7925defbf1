"""Every executor stores the same bytes; a worker that dies costs its question only."""

import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goeswith.cache.warmup import Job, Result, Spec, tally
from goeswith.cache.warmup.errors import ExecutorError
from goeswith.cache.warmup.fleet import open_dask, open_ray
from goeswith.cache.warmup.local import DIED, InProcess, Processes
from goeswith.cache.warmup.work import Executor
from tests.cache.warmup.fake_shop import FakeShop, read, spec

LOG = "\n".join([f"ask {n % 3} about thing {n}" for n in range(40)] + ["boom box", "empty hand"])


def run(folder: Path, opening: Callable[[Spec], Executor], log: str = LOG) -> Result:
    (folder / "warmup").mkdir(parents=True)
    (folder / "log").write_text(log)
    shop = FakeShop(folder / "store")
    told = tally([folder / "log"], read, folder / "warmup" / "rejects.jsonl")
    return Job(folder / "warmup", told, shop.known).run(lambda: opening(spec(folder / "store")))


def same_as_in_process(tmp_path: Path, opening: Callable[[Spec], Executor], log: str = LOG) -> None:
    expected = run(tmp_path / "a", lambda _: InProcess(FakeShop(tmp_path / "a" / "store")), log)
    found = run(tmp_path / "b", opening, log)
    assert (found.built, found.empty, found.failed, found.spend) == (
        expected.built,
        expected.empty,
        expected.failed,
        expected.spend,
    )
    assert (
        FakeShop(tmp_path / "b" / "store").stored() == FakeShop(tmp_path / "a" / "store").stored()
    )


def test_processes(tmp_path: Path) -> None:
    same_as_in_process(tmp_path, lambda spec: Processes(spec, 2))


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    log = "die hard\ndie again\n" + "\n".join(f"tea {n}" for n in range(6))
    result = run(tmp_path, lambda spec: Processes(spec, 2), log)
    assert result.failed == {DIED: 2}
    assert result.built == 6


def test_workers_that_cannot_start_say_so(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExecutorError, match="could not start"):
        Processes(Spec("tests.cache.warmup.fake_shop:nothing", '""'), 2)
    assert "AttributeError" in capfd.readouterr().err


@pytest.fixture
def quiet() -> Iterator[None]:
    """Clusters leave warnings of their own behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="pip install 'dask[distributed]'"
)
@pytest.mark.usefixtures("quiet")
@pytest.mark.filterwarnings("ignore")
def test_dask(tmp_path: Path) -> None:
    same_as_in_process(tmp_path, lambda spec: open_dask(spec, 2))


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="pip install ray")
@pytest.mark.usefixtures("quiet")
@pytest.mark.filterwarnings("ignore")
def test_ray(tmp_path: Path) -> None:
    same_as_in_process(tmp_path, lambda spec: open_ray(spec, 2))


@pytest.mark.parametrize(
    ("opening", "install"), [(open_dask, "dask\\[distributed\\]"), (open_ray, "'ray'")]
)
def test_without_the_package_the_install_line_is_told(
    opening: Callable[[Spec, int], Executor],
    install: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExecutorError, match=f"pip install .*{install}"):
        opening(spec(tmp_path), 2)
