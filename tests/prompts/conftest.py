from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from goeswith.prompts import LM, LMSettings, preload

KEY = "sk-test-0123456789abcdef"

RELATIONS = {
    ("camera body", "zoom lens"): ("required_part", "The body takes no picture without a lens"),
    ("camera body", "memory card"): ("required_part", "The camera stores its pictures on a card"),
    ("camera body", "camera bag"): ("accessory", "A bag protects the camera on the way"),
    ("camera body", "tripod"): ("accessory", "A tripod holds the camera still"),
    ("camera body", "spare battery"): ("accessory", "A spare battery keeps the camera running"),
    ("tripod", "ball head"): ("required_part", "The head joins camera and tripod"),
    ("photographing birds", "zoom lens"): ("used_for", "A long lens brings birds close"),
}


class FakeLM:
    """An OpenAI-compatible server that knows a little about cameras, and ways to misbehave.

    `script` holds one behaviour for each coming request; when it is empty, "ok".
    A behaviour is a word `_reply` knows, or a function from request body to reply text.
    """

    def __init__(self) -> None:
        self.script: list[str | Callable[[dict[str, Any]], str]] = []
        self.always: str | Callable[[dict[str, Any]], str] = "ok"
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.retry_after = "0.05"
        self.hang = threading.Event()
        self.now = 0
        self.most = 0
        self.slow = 0.0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                outer._post(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True
        ).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def settings(self, **more: Any) -> LMSettings:
        return LMSettings(
            **{
                "model": "openai/fake",
                "api_base": self.base,
                "api_key_env": "FAKE_KEY",
                "retries": 2,
                **more,
            }
        )

    def close(self) -> None:
        self.hang.set()
        self._server.shutdown()
        self._server.server_close()

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers["content-length"]))
        if not raw:
            handler.close_connection = True
            return
        body = json.loads(raw)
        with self._lock:
            self.bodies.append(body)
            self.headers.append({k.lower(): v for k, v in handler.headers.items()})
            behaviour = self.script.pop(0) if self.script else self.always
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            if self.slow:
                time.sleep(self.slow)
            self._reply(handler, body, behaviour)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self.now -= 1

    def _reply(self, handler: BaseHTTPRequestHandler, body: dict[str, Any], how: Any) -> None:
        if callable(how):
            _send(handler, 200, completion(how(body)))
        elif how == "hang":
            self.hang.wait(5)
            handler.close_connection = True
        elif how == "drop":
            handler.close_connection = True
            handler.connection.close()
        elif how in ERRORS:
            status, error = ERRORS[how]
            headers = {"Retry-After": self.retry_after} if status == 429 else {}
            _send(handler, status, error, headers)
        elif how == "no schema" and "response_format" in body:
            _send(handler, 400, {"error": {"message": "response_format is unknown"}})
        elif how == "strange words" and {"max_tokens", "temperature"} & set(body):
            word = "temperature" if "temperature" in body else "max_tokens"
            _send(handler, 400, {"error": {"message": f"Unsupported parameter: {word}"}})
        else:
            text, finish = spoil(answer(body), how)
            _send(handler, 200, completion(text, finish))


ERRORS: dict[str, tuple[int, object]] = {
    "429": (429, {"error": {"code": "rate_limit_exceeded", "message": f"slow down {KEY}"}}),
    "500": (500, {"error": {"message": f"oops {KEY}", "type": "server"}}),
    "401": (401, {"error": {"code": "invalid_api_key", "message": f"bad key {KEY}"}}),
    "302": (302, {}),
    "garbage": (200, "<html>not json"),
    "no choices": (200, {"choices": []}),
}


def spoil(text: str, how: str) -> tuple[str, str]:
    """Return a good reply made worse, and its finish reason."""
    if how == "truncated":
        return text[: len(text) // 2], "length"
    if how == "prose":
        return f"Sure! Here it is:\n```json\n{text}\n```\nHope that helps :)", "stop"
    if how == "other language":
        return "Извините, я не могу ответить в этом формате.", "stop"
    if how == "thinking":
        return f'<think>maybe {{"needs": []}}?</think>{text}', "stop"
    return text, "stop"


def completion(text: str, finish: str = "stop") -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "model": "fake",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish,
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: object,
    headers: dict[str, str] | None = None,
) -> None:
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(raw)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(raw)


def inputs_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fenced inputs of the last asking in a request."""
    users = [m["content"] for m in body["messages"] if m["role"] == "user"]
    asking = next(u for u in reversed(users) if "<data name=" in u)
    blocks = re.findall(r'<data name="(\w+)">\n(.*?)\n</data>', asking, re.DOTALL)
    return {name: json.loads(value) for name, value in blocks}


def answer(body: dict[str, Any]) -> str:
    """Answer as a model that knows cameras would."""
    given = inputs_of(body)
    if "anchors" in given:
        return json.dumps({"answers": _relate(given)})
    if "pairs" in given:
        return json.dumps({"answers": [_why(pair) for pair in given["pairs"]]})
    if "claims" in given:
        return json.dumps({"verdicts": [_judge(claim) for claim in given["claims"]]})
    if "plan" in given:
        new = {"id": "x1", "phrase": "ball head", "depends_on": [given["plan"][-1]["id"]]}
        return json.dumps({"needs": [new | {"anchor": False, "constraints": []}]})
    if "needs" in given:
        rows = [{"need": n["need"], "queries": [n["phrase"]]} for n in given["needs"]]
        return json.dumps({"answers": rows})
    return json.dumps(_plan(given["question"]))


def _plan(question: str) -> dict[str, Any]:
    def need(i: str, words: str, *parents: str, **more: Any) -> dict[str, Any]:
        return {
            "id": i,
            "phrase": words,
            "depends_on": list(parents),
            "anchor": False,
            "constraints": [],
        } | more

    if "bird" not in question:
        price = {"kind": "price_max", "name": "", "value": "$300"}
        return {"one_need": True, "needs": [need("a", "camera bag", constraints=[price])]}
    return {
        "one_need": False,
        "needs": [
            need("cam", "camera body", anchor=True),
            need("lens", "long zoom lens", "cam"),
            need("card", "memory card", "cam"),
            need("stand", "tripod", "cam", "lens"),
        ],
    }


def _relate(given: dict[str, Any]) -> list[dict[str, Any]]:
    anchors = {a["id"]: a for a in given["anchors"]}
    rows = []
    for pair in given["pairs"]:
        name = anchors[pair["anchor"]]["name"].lower()
        relation, why = RELATIONS.get((name, pair["name"].lower()), ("none", ""))
        rows.append({"pair": pair["pair"], "relation": relation, "reason": why})
    return rows


def _why(pair: dict[str, Any]) -> dict[str, Any]:
    left, right = pair["left"].lower(), pair["right"].lower()
    for source, ends in (("left", (left, right)), ("right", (right, left))):
        if ends in RELATIONS:
            relation, why = RELATIONS[ends]
            return {"pair": pair["pair"], "source": source, "relation": relation, "reason": why}
    return {"pair": pair["pair"], "source": "left", "relation": "none", "reason": ""}


def _judge(claim: dict[str, Any]) -> dict[str, Any]:
    known = (claim["A"].lower(), claim["B"].lower()) in RELATIONS
    answers = dict.fromkeys(("clear", "true", "typical", "direction", "useful"), known)
    return {"claim": claim["claim"], **answers, "score": 9 if known else 2}


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> None:
    """DSPy is loaded once, so that no test's deadline pays for it."""
    preload()


@pytest.fixture
def server() -> Iterator[FakeLM]:
    fake = FakeLM()
    yield fake
    fake.close()


@pytest.fixture
def make_lm(server: FakeLM) -> Iterator[Callable[..., LM]]:
    made: list[LM] = []

    def make(**more: Any) -> LM:
        lm = LM(server.settings(**more), environ={"FAKE_KEY": KEY})
        made.append(lm)
        return lm

    yield make
    for lm in made:
        lm.close()
