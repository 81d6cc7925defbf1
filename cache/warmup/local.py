"""Executors on this machine: in this process, or in several of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import msgspec

from goeswith.cache.warmup.errors import ExecutorError
from goeswith.cache.warmup.work import Built, Outcome, Spec, Worker
from goeswith.cache.warmup.worker import build_one

DIED = "worker_died"


class InProcess:
    """Builds here, one question after the other. Closes the worker it was given."""

    slots = 1

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._next: list[tuple[str, str]] = []

    def submit(self, key: str, text: str) -> None:
        """See `Executor.submit`."""
        self._next.append((key, text))

    def wait(self) -> list[tuple[str, Built]]:
        """See `Executor.wait`."""
        key, text = self._next.pop()
        return [(key, msgspec.json.decode(build_one(self._worker, text), type=Built))]

    def close(self) -> None:
        """See `Executor.close`."""
        self._worker.close()


class Processes:
    """Builds in `jobs` fresh Python processes. One that dies costs its question and is replaced."""

    def __init__(self, spec: Spec, jobs: int) -> None:
        """Start the workers and wait until they are ready.

        Raises:
            ExecutorError: A worker cannot start; what it said is on standard error.
        """
        self.slots = jobs
        self._spec = spec
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._all: list[_Process] = []
        self._pool = ThreadPoolExecutor(jobs, "goeswith-warm")
        self._flying: dict[Future[Built], str] = {}
        try:
            self._all.extend(_Process(spec) for _ in range(jobs))
            for process in self._all:
                process.ready()
                self._idle.put(process)
        except BaseException:
            self.close()
            raise

    def submit(self, key: str, text: str) -> None:
        """See `Executor.submit`."""
        self._flying[self._pool.submit(self._build, text)] = key

    def wait(self) -> list[tuple[str, Built]]:
        """See `Executor.wait`."""
        done = wait(self._flying, return_when=FIRST_COMPLETED).done
        return [(self._flying.pop(future), future.result()) for future in done]

    def close(self) -> None:
        """See `Executor.close`."""
        for process in self._all:
            process.stop()
        self._pool.shutdown()
        for process in self._all:
            process.release()

    def _build(self, text: str) -> Built:
        process = self._idle.get()
        built = process.build(text)
        if built is None:
            self._all.remove(process)
            process.stop()
            process.release()
            process = _Process(self._spec)
            self._all.append(process)
            process.ready()
            built = Built(Outcome.FAILED, 0.0, reason=DIED)
        self._idle.put(process)
        return built


class _Process:
    """One worker process and the pipe to it."""

    def __init__(self, spec: Spec) -> None:
        command = (sys.executable, "-P", "-m", "goeswith.cache.warmup.worker")
        self._process = subprocess.Popen(  # noqa: S603
            [*command, msgspec.json.encode(spec).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ready(self) -> None:
        """Wait until the worker is open. Raises ExecutorError when it is not."""
        if self._process.stdout is None or not self._process.stdout.readline():
            raise ExecutorError(
                "A warm-up worker could not start; see the lines above. With --jobs 1 everything "
                "runs in one process."
            )

    def build(self, text: str) -> Built | None:
        """Return what became of a question, or None when the worker died of it."""
        pipes = self._process.stdin, self._process.stdout
        if pipes[0] is None or pipes[1] is None:
            return None
        try:
            pipes[0].write(msgspec.json.encode(text) + b"\n")
            pipes[0].flush()
            return msgspec.json.decode(pipes[1].readline(), type=Built)
        except (OSError, ValueError, msgspec.DecodeError):
            return None

    def stop(self) -> None:
        """Close the worker's input, so that it ends after its question; end it after 10 s."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def release(self) -> None:
        """Close the worker's output. Nobody may be reading it."""
        if self._process.stdout is not None:
            self._process.stdout.close()
