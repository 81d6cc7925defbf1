"""Executors on many machines, by Dask or by Ray. Both are extras.

Every worker opens the same home under the same path. Without an address a cluster of two or more
workers is started on this machine.
"""

from __future__ import annotations

import atexit
import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, cast

import msgspec

from goeswith.cache.warmup.errors import ExecutorError
from goeswith.cache.warmup.work import Built, Executor, Spec, Worker, failed
from goeswith.cache.warmup.worker import build_one

AHEAD = 2
"""Questions handed out a worker, so that none waits for the next."""


def open_dask(spec: Spec, jobs: int, address: str = "") -> Executor:
    """Return an executor on a Dask cluster: the one at `address`, or a local one of `jobs` workers.

    Raises:
        ExecutorError: dask.distributed is not installed, or the cluster cannot be reached.
    """
    distributed = _package("distributed", "dask[distributed]")
    try:
        if address:
            client = distributed.Client(address)
        else:
            client = distributed.Client(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                host="127.0.0.1",
            )
    except (OSError, ValueError) as error:
        raise ExecutorError(f"The Dask cluster cannot be reached: {error}.") from error
    return _Dask(cast("_DaskClient", client), distributed.wait, spec)


def open_ray(spec: Spec, jobs: int, address: str = "") -> Executor:
    """Return an executor on a Ray cluster: the one at `address`, or a local one of `jobs` workers.

    Raises:
        ExecutorError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = _package("ray", "ray")
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address:
            ray.init(address=address, log_to_driver=False)
        else:
            ray.init(num_cpus=jobs, **quiet)
    except (OSError, ValueError, ConnectionError, RuntimeError) as error:
        raise ExecutorError(f"The Ray cluster cannot be reached: {error}.") from error
    return _Ray(cast("_RayModule", ray), spec)


def run_remote(spec: bytes, text: str) -> bytes:
    """Build one question on whatever machine this runs; the worker stays open for the next."""
    try:
        worker = _opened(spec)
    except Exception as error:  # noqa: BLE001
        return msgspec.json.encode(failed(error))
    return build_one(worker, text)


@cache
def _opened(spec: bytes) -> Worker:
    worker = msgspec.json.decode(spec, type=Spec).open()
    atexit.register(worker.close)
    return worker


def _package(name: str, install: str) -> Any:  # noqa: ANN401
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ExecutorError(
            f"--executor needs a package that is not installed: pip install '{install}'. "
            "Or leave it out and use --jobs."
        ) from None


class _DaskFuture(Protocol):
    @property
    def status(self) -> str: ...
    def result(self) -> bytes: ...
    def exception(self) -> BaseException: ...


class _DaskClient(Protocol):
    def submit(self, work: object, *arguments: object, pure: bool) -> _DaskFuture: ...
    def ncores(self) -> dict[str, int]: ...
    def close(self) -> None: ...


class _Dask:
    def __init__(self, client: _DaskClient, wait: Callable[..., Any], spec: Spec) -> None:
        self._client = client
        self._wait = wait
        self._spec = msgspec.json.encode(spec)
        self._flying: dict[str, _DaskFuture] = {}

    @property
    def slots(self) -> int:
        return AHEAD * max(sum(self._client.ncores().values()), 1)

    def submit(self, key: str, text: str) -> None:
        self._flying[key] = self._client.submit(run_remote, self._spec, text, pure=False)

    def wait(self) -> list[tuple[str, Built]]:
        self._wait(list(self._flying.values()), return_when="FIRST_COMPLETED")
        ready = [key for key, future in self._flying.items() if future.status != "pending"]
        return [(key, self._told(self._flying.pop(key))) for key in ready]

    def close(self) -> None:
        self._client.close()

    def _told(self, future: _DaskFuture) -> Built:
        if future.status != "finished":
            return failed(future.exception())
        return msgspec.json.decode(future.result(), type=Built)


class _RayModule(Protocol):
    def remote(self, work: object) -> Any: ...  # noqa: ANN401
    def wait(self, refs: list[object], *, num_returns: int) -> tuple[list[object], object]: ...
    def get(self, ref: object) -> bytes: ...
    def cluster_resources(self) -> dict[str, float]: ...
    def shutdown(self) -> None: ...


class _Ray:
    def __init__(self, ray: _RayModule, spec: Spec) -> None:
        self._ray = ray
        self._run = ray.remote(run_remote)
        self._spec = msgspec.json.encode(spec)
        self._flying: dict[object, str] = {}
        self.slots = AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)

    def submit(self, key: str, text: str) -> None:
        self._flying[self._run.remote(self._spec, text)] = key

    def wait(self) -> list[tuple[str, Built]]:
        ready, _ = self._ray.wait(list(self._flying), num_returns=1)
        return [(self._flying.pop(ref), self._told(ref)) for ref in ready]

    def close(self) -> None:
        self._ray.shutdown()

    def _told(self, ref: object) -> Built:
        try:
            return msgspec.json.decode(self._ray.get(ref), type=Built)
        except Exception as error:  # noqa: BLE001
            return failed(error)
