"""What is refused, how, and that it costs the service nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SHAPE = {"error": {"code", "message", "request_id"}}
JSON = {"Content-Type": "application/json"}


def code_of(response: Any) -> str:
    told = response.json()
    assert {name: set(value) for name, value in told.items()} == SHAPE
    assert told["error"]["request_id"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    return str(told["error"]["code"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'{"question": "tripod"', 400, "bad_request"),
        (b'{"question": "tripod"} {}', 400, "bad_request"),
        (b'{"question": "\\ud800"}', 400, "bad_request"),
        (b"[" * 60_000, 422, "invalid"),
        (b'{"profile": ' + b'{"a":' * 10_000, 422, "invalid"),
        (b'{"question": "tripod", "budget": {"needs": ' + b"9" * 5_000 + b"}}", 422, "invalid"),
        (b'{"question": "tripod", "budget": {"needs": 1e999}}', 422, "invalid"),
        (b'{"question": "tripod", "model": "x"}', 422, "invalid"),
        (b'{"question": "tripod", "api_base": "http://x"}', 422, "invalid"),
        (b'{"question": 1}', 422, "invalid"),
        (b'{"question": "tripod", "basket": ["no-such-sku"]}', 422, "invalid"),
        (b'{"question": "???"}', 422, "question"),
        (json.dumps({"question": "tripod " * 400}).encode(), 422, "question"),
    ],
)
def test_bodies_that_are_refused(served: Any, body: bytes, status: int, code: str) -> None:
    with served.client() as client:
        response = client.post("/v1/ask", content=body, headers=JSON)
    assert (response.status_code, code_of(response)) == (status, code)


CONTROLS = ["\r", "\n", "\r\nX-Evil: 1", "\0", "\x1b[31m", "\x7f"]


@pytest.mark.parametrize("control", CONTROLS)
def test_control_characters_are_refused_in_every_text_field(served: Any, control: str) -> None:
    text = f"tripod{control}case"
    bodies: list[dict[str, object]] = [
        {"question": text},
        {"question": "tripod", "locale": text},
        {"question": "tripod", "basket": [text]},
        {"question": "tripod", "include": [text]},
        {"question": "tripod", "profile": {"likes": [text]}},
        {"question": "tripod", "profile": {"avoids": [text]}},
        {"question": "tripod", "profile": {"brands": [text]}},
        {"question": "tripod", text: "x"},
    ]
    with served.client() as client:
        for body in bodies:
            response = client.post("/v1/ask", json=body)
            assert response.status_code == 422, body
            code_of(response)
        for name in ("question", "locale", "basket", "include", "x"):
            for path in ("/v1/ask", "/v1/ask/stream"):
                response = client.get(path, params={"question": "tripod", name: text})
                assert response.status_code == 422, (path, name)


@pytest.mark.parametrize(
    "query", ["", "question=", "x=1", "question=tripod&question=case", "question=%ff", "question"]
)
def test_queries_that_are_refused(served: Any, query: str) -> None:
    with served.client() as client:
        response = client.get(f"/v1/ask?{query}")
    assert response.status_code in (400, 422)
    code_of(response)


def test_paths_methods_and_kinds_that_are_refused(served: Any) -> None:
    with served.client() as client:
        assert code_of(client.get("/nothing")) == "not_found"
        wrong = client.delete("/v1/ask")
        assert (wrong.status_code, code_of(wrong)) == (405, "method_not_allowed")
        assert set(wrong.headers["allow"].split(", ")) >= {"GET", "POST"}
        text = client.post("/v1/ask", content=b"{}", headers={"Content-Type": "text/plain"})
        assert (text.status_code, code_of(text)) == (415, "unsupported_media_type")
        long = client.get("/v1/ask", params={"question": "x" * 9_000})
        assert (long.status_code, code_of(long)) == (414, "uri_too_long")
        fat = client.get("/v1/ask", headers={"X-Fat": "x" * 20_000})
        assert fat.status_code == 431


def test_responses_tell_browsers_to_be_careful(served: Any) -> None:
    with served.client() as client:
        for path in ("/v1/ask?question=tripod", "/v1/ask?question=tripod", "/nothing", "/healthz"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers
            assert "access-control-allow-origin" not in headers


@contextmanager
def connected(served: Any) -> Iterator[socket.socket]:
    with socket.create_connection(served.address, timeout=30) as connection:
        yield connection


def received(connection: socket.socket) -> bytes:
    """Read until the service ends the connection."""
    seen = b""
    try:
        while part := connection.recv(65_536):
            seen += part
    except ConnectionResetError:
        pass
    return seen


HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_body_of_200_mb_is_refused_at_once(served: Any) -> None:
    with connected(served) as connection:
        connection.sendall(HEAD + b"Content-Length: 200000000\r\n\r\n{")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", [b"Content-Length: 200000000", b"Transfer-Encoding: chunked"])
def test_whoever_sends_200_mb_all_the_same_is_left(served: Any, length: bytes) -> None:
    before = resident_kb(served)
    part = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if b"chunked" in length else b"x" * 0x10000
    sent = 0
    with connected(served) as connection:
        connection.sendall(HEAD + length + b"\r\n\r\n")
        try:
            for _ in range(200_000_000 // 0x10000):
                connection.sendall(part)
                sent += len(part)
        except OSError:
            pass
    assert sent < 200_000_000
    assert resident_kb(served) - before < 8_000
    with served.client() as client:
        assert client.get("/healthz").status_code == 200


def resident_kb(served: Any) -> int:
    """Return the peak of the service's memory."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def test_what_is_no_http_is_refused_in_the_same_shape(served: Any) -> None:
    with connected(served) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        head, _, body = received(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert set(json.loads(body)["error"]) == SHAPE["error"]


@pytest.fixture(scope="module")
def impatient(start: Any, indexed_camera: Path) -> Any:
    """A service that waits one second for a head and for a body."""
    short = {"GOESWITH_SERVE__HEADER_TIMEOUT_S": "1", "GOESWITH_SERVE__BODY_TIMEOUT_S": "1"}
    return start(indexed_camera, ready=False, **short)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        HEAD + b"Content-Length: 30\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTT",
    ],
)
def test_what_is_half_sent_does_not_stay_open(impatient: Any, begun: bytes) -> None:
    with connected(impatient) as connection:
        connection.sendall(begun)
        answer = received(connection)
    assert answer.count(b"HTTP/1.1 408 ") == (0 if begun == b"" else 1)


def test_who_drips_bytes_does_not_stay_either(impatient: Any) -> None:
    with connected(impatient) as connection:
        connection.settimeout(0.05)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        seen = b""
        dripped = 0
        while b"408" not in seen and dripped < 400:
            try:
                connection.sendall(b"a")
                dripped += 1
                seen += connection.recv(4_096)
            except TimeoutError:
                continue
            except OSError:
                break
    assert b"HTTP/1.1 408 " in seen
    assert dripped < 60


def test_an_endless_head_is_cut_off(served: Any) -> None:
    with connected(served) as connection:
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            for number in range(100_000):
                connection.sendall(b"X-%d: " % number + b"x" * 1_000 + b"\r\n")
        except OSError:
            pass
        assert received(connection).startswith(b"HTTP/1.1 431 ") or number < 2_000
