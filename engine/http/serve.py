"""Runs the service: one process, or several that share a socket and a cache."""

from __future__ import annotations

import ipaddress
import socket
import sys
from functools import partial

from starlette.types import ASGIApp

from goeswith.engine.crew.apart import Apart
from goeswith.engine.engine import Engine
from goeswith.engine.errors import ServeError, SettingsError
from goeswith.engine.http.app import App, create_app
from goeswith.engine.http.board import Board, Place
from goeswith.engine.http.keys import KeyRing, read_keys
from goeswith.engine.http.log import log_as_json
from goeswith.engine.http.parts import standard_parts
from goeswith.engine.http.server import Server, config_of, listen
from goeswith.engine.http.service import Service, most_builds
from goeswith.engine.http.workers import Workers
from goeswith.engine.settings import Settings, load_settings
from goeswith.engine.settings.serve import Serve

SWITCH_S = 0.0005
"""How long another thread may keep hits from the interpreter at a time. Python's own 5 ms, once for
each build in a thread, would be most of what a hit takes."""


def application() -> ASGIApp:
    """Return the application as the settings of this process want it, for other ASGI servers.

    granian --interface asgi --factory goeswith.engine.http.serve:application
    """
    _, app = over(load_settings())
    return app.asgi


def over(settings: Settings, place: Place | None = None) -> tuple[Service, App]:
    """Return the service over the home that the settings name, and its application.

    `place` is where the process tells its figures; None where it is the only one.

    Raises:
        GoeswithError: the home or a setting cannot be used.
    """
    ring = check_keys(settings)
    crew = None
    if settings.serve.builder == "process":
        crew = Apart(settings, most_builds(settings, waits=bool(settings.lm.model)))
    mends = crew if settings.cache.background == "on" else None
    engine = Engine.open(settings.home, settings=settings, mends=mends)
    local = is_local(settings.serve.host)
    service = Service(engine, settings, ring, local=local, place=place, crew=crew)
    return service, create_app(service, standard_parts(service))


def check_keys(settings: Settings) -> KeyRing:
    """Return the keys.

    Raises:
        SettingsError: others can reach the address and there is no key.
    """
    ring = KeyRing(read_keys(settings))
    serve = settings.serve
    if not is_local(serve.host) and serve.access == "keys" and not len(ring):
        raise SettingsError(
            f"{serve.host} can be reached by others and there is no API key. Make one with "
            "goeswith keys add NAME, or let everybody read with --insecure."
        )
    return ring


def is_local(host: str) -> bool:
    """Tell whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def serve(settings: Settings) -> int:
    """Serve until a signal; return the exit code.

    Raises:
        GoeswithError: the home, a setting or the address cannot be used.
    """
    wanted = settings.serve
    check_keys(settings)
    Engine.open(settings.home, settings=settings).close()
    log_as_json()
    listener = _listener(wanted)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    _say(f"goeswith serves on http://{shown}:{port} with {_count(wanted.workers)}. Ctrl+C ends it.")
    if wanted.workers == 1:
        return run(settings, listener)
    board = Board(wanted.workers)
    work = partial(_run_at, settings, listener, board)
    return Workers(wanted.workers, work, wanted.drain_s).watch()


def run(settings: Settings, listener: socket.socket, place: Place | None = None) -> int:
    """Serve in this process until a signal; return the exit code."""
    sys.setswitchinterval(SWITCH_S)
    service, app = over(settings, place)
    server = Server(config_of(app, settings.serve), service)
    try:
        server.run([listener])
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 1


def _run_at(settings: Settings, listener: socket.socket, board: Board, number: int) -> int:
    return run(settings, listener, board.place(number))


def _listener(wanted: Serve) -> socket.socket:
    try:
        return listen(wanted.host, wanted.port)
    except OSError as error:
        raise ServeError(
            f"Cannot listen on {wanted.host} port {wanted.port}: {error.strerror}. "
            "Choose another with --host and --port."
        ) from None


def _count(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
