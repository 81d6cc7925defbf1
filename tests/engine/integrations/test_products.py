"""Products of several needs in turns; over HTTP the same as in process; errors say what to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError, SettingsError
from goeswith.engine.integrations.products import Found, find

QUESTION = "what do I need to photograph birds with a Canon EOS R10"
KEY = "a-key"


def over(url: str, question: str = QUESTION, key: str = KEY) -> list[Found]:
    return find(question, 50, engine=None, base_url=url, api_key=key)


@pytest.fixture
def service(reader: Engine) -> Iterator[str]:
    """The contract's POST /v1/ask, with a key, and nothing else of a service."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
            status, body = 200, b"something else"
            if self.headers["authorization"] != f"Bearer {KEY}":
                status, body = 401, b'{"error": {"code": "unauthorized", "message": "Send a key."}}'
            elif self.path == "/v1/ask":
                body = reader.ask(asked["question"]).json()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_needs_take_turns(reader: Engine) -> None:
    found = find(QUESTION, 50, engine=reader, base_url="", api_key="")
    groups = reader.ask(QUESTION).data().groups
    firsts = [group.products[0].sku for group in groups]
    assert len(firsts) > 1
    assert [item.metadata["sku"] for item in found[: len(firsts)]] == firsts
    assert len(found) == sum(len(group.products) for group in groups)


def test_over_http_it_is_the_same(reader: Engine, service: str) -> None:
    assert over(service + "/") == find(QUESTION, 50, engine=reader, base_url="", api_key="")


def test_the_message_of_the_service_is_told(service: str) -> None:
    with pytest.raises(GoeswithError, match=r"^Send a key\.$"):
        over(service, key="wrong")


def test_what_is_not_goeswith_is_told(service: str) -> None:
    with pytest.raises(GoeswithError, match="is not goeswith"):
        over(service + "/elsewhere")


def test_nobody_there_is_told() -> None:
    with pytest.raises(GoeswithError, match="goeswith serve"):
        over("http://127.0.0.1:1")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host"])
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(SettingsError, match="http"):
        over(url)


def test_one_of_engine_and_address_is_wanted(reader: Engine) -> None:
    with pytest.raises(SettingsError, match="either"):
        find(QUESTION, 5, engine=None, base_url="", api_key="")
    with pytest.raises(SettingsError, match="either"):
        find(QUESTION, 5, engine=reader, base_url="http://127.0.0.1:1", api_key="")
