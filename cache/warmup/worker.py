"""A worker in a process of its own: questions in, outcomes out, one JSON value a line.

Started as `python -m goeswith.cache.warmup.worker SPEC`. It leaves when its input ends, so it does
not outlive the process that started it. What it prints goes to standard error.
"""

from __future__ import annotations

import os
import signal
import sys

import msgspec

from goeswith.cache.warmup.work import Spec, Worker, failed


def main(spec: str) -> None:
    """Build what comes in until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    worker = msgspec.json.decode(spec, type=Spec).open()
    out.write(b"null\n")
    try:
        for line in sys.stdin.buffer:
            out.write(build_one(worker, msgspec.json.decode(line, type=str)) + b"\n")
    finally:
        worker.close()


def build_one(worker: Worker, text: str) -> bytes:
    """Return what became of a question, as JSON. Whatever goes wrong is a failure of this one."""
    try:
        built = worker.build(text)
    except Exception as error:  # noqa: BLE001
        built = failed(error)
    return msgspec.json.encode(built)


if __name__ == "__main__":
    main(sys.argv[1])
