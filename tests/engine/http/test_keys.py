"""API keys: hashed, scoped, compared whole; and who needs none."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-c", "from goeswith.engine.cli import main; main()"]


def goeswith(*arguments: str) -> subprocess.CompletedProcess[str]:
    plain = {name: v for name, v in os.environ.items() if not name.startswith("GOESWITH_")}
    return subprocess.run(
        [*COMMAND, *arguments],
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )


def new_key(home: Path, name: str, scope: str) -> str:
    done = goeswith("keys", "add", name, "--scope", scope, "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["key"])


@pytest.fixture(scope="module")
def guarded(start: Any, indexed_camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service that others could reach, with a key of each scope."""
    home = tmp_path_factory.mktemp("guarded") / "home"
    shutil.copytree(indexed_camera, home)
    keys = {scope: new_key(home, f"the-{scope}", scope) for scope in ("read", "warm", "admin")}
    served = start(home, "--host", "0.0.0.0")  # noqa: S104
    served.url = served.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    served.keys = keys
    served.home = home
    return served


def ask(served: Any, path: str, token: str = "", body: Any = None, header: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if header:
        headers = {"X-API-Key": header}
    with served.client() as client:
        if body is None:
            return client.get(path, headers=headers)
        return client.post(path, json=body, headers=headers)


def test_reading_needs_a_key_where_others_can_reach(guarded: Any) -> None:
    path = "/v1/ask?question=tripod"
    for _ in range(3):
        assert ask(guarded, path).status_code == 401
        assert ask(guarded, path, "gw_wrong").status_code == 401
        assert ask(guarded, path, token=guarded.keys["read"]).status_code == 200
        assert ask(guarded, path, header=guarded.keys["read"]).status_code == 200
    refused = ask(guarded, path)
    assert refused.headers["www-authenticate"].startswith("Bearer")
    for path in ("/metrics", "/nothing", "/v1/explain?question=tripod"):
        assert ask(guarded, path).status_code == 401
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert ask(guarded, path).status_code == 200


def test_a_bearer_token_counts_before_the_other_header(guarded: Any) -> None:
    right, path = guarded.keys["read"], "/v1/ask?question=tripod"
    with guarded.client() as client:
        both = {"Authorization": f"Bearer {right}", "X-API-Key": "gw_wrong"}
        assert client.get(path, headers=both).status_code == 200
        both = {"Authorization": "Bearer gw_wrong", "X-API-Key": right}
        assert client.get(path, headers=both).status_code == 401


def test_scopes_reach_as_far_as_they_say(guarded: Any) -> None:
    may = {
        "/v1/admin/invalidate": {"admin"},
        "/v1/admin/catalog": {"admin", "warm"},
    }
    for path, scopes in may.items():
        assert ask(guarded, path, body={}).status_code == 401
        for scope, token in guarded.keys.items():
            wanted = 200 if scope in scopes else 403
            assert ask(guarded, path, token=token, body={}).status_code == wanted, (path, scope)


def test_admin_acts_do_what_they_say_and_are_audited(guarded: Any) -> None:
    token = guarded.keys["admin"]
    asked = {"question": "battery for a Nikon Z6 II"}
    for tier in ("none", "memory"):
        told = ask(guarded, "/v1/ask", token=token, body=asked).json()
        assert told["cache"]["tier"] == tier
    sku = told["groups"][0]["products"][0]["sku"]
    gone = ask(guarded, "/v1/admin/invalidate", token=token, body={"skus": [sku]}).json()
    assert gone["disk"] >= 1
    assert ask(guarded, "/v1/ask", token=token, body=asked).json()["cache"]["tier"] == "none"
    assert ask(guarded, "/v1/admin/invalidate", token=token, body={"all": True}).json()["disk"] >= 1
    told = ask(guarded, "/v1/admin/catalog", token=token, body={}).json()
    assert told == {"changed": False, "before": told["catalog"], "catalog": told["catalog"]}


def test_a_key_is_kept_as_a_hash_and_can_be_taken_away(guarded: Any) -> None:
    kept = guarded.home / "keys.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    for token in guarded.keys.values():
        assert token not in kept.read_text()
    token = new_key(guarded.home, "late", "read")
    until_status(guarded, token, 200)
    assert goeswith("keys", "remove", "late", "--home", str(guarded.home)).returncode == 0
    until_status(guarded, token, 401)
    listed = goeswith("keys", "list", "--home", str(guarded.home)).stdout
    assert "the-admin\tadmin" in listed
    assert "late" not in listed


def until_status(served: Any, token: str, status: int) -> None:
    """Ask until the service has heard of a change of its keys."""
    for _ in range(2_000):
        if ask(served, "/metrics", token=token).status_code == status:
            return
    raise AssertionError(f"the key did not come to give {status}")


def test_a_public_address_without_keys_is_refused(home: Path) -> None:
    done = goeswith("serve", "--home", str(home), "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert done.returncode == 2
    assert "goeswith keys add" in done.stderr
    assert "Traceback" not in done.stderr


def test_insecure_lets_everybody_read_and_nobody_more(start: Any, home: Path) -> None:
    served = start(home, "--host", "0.0.0.0", "--insecure")  # noqa: S104
    served.url = served.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert ask(served, "/v1/ask?question=tripod").status_code == 200
    assert ask(served, "/v1/admin/invalidate", body={"all": True}).status_code == 401


def test_a_page_elsewhere_cannot_read_through_a_name_that_points_here(served: Any) -> None:
    with served.client() as client:
        for path in ("/v1/ask?question=tripod", "/v1/ask?question=tripod", "/metrics"):
            assert client.get(path, headers={"Host": "evil.example:80"}).status_code == 403
            assert client.get(path, headers={"Host": "[::1]:80"}).status_code == 200


def test_a_key_has_a_rate(start: Any, home: Path) -> None:
    token = new_key(home, "slow", "read")
    served = start(home, GOESWITH_SERVE__RATE="5")
    seen = [ask(served, "/v1/ask?question=tripod", token=token) for _ in range(12)]
    statuses = [response.status_code for response in seen]
    assert statuses.count(200) >= 5
    assert 429 in statuses
    refused = seen[statuses.index(429)]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert ask(served, "/v1/ask?question=tripod").status_code == 200


def test_logs_and_counters_hold_no_words_of_a_shopper(start: Any, home: Path) -> None:
    served = start(home)
    word = "zebrafinch"
    with served.client() as client:
        for _ in range(3):
            client.get("/v1/ask", params={"question": f"tripod for a {word}"})
        client.get("/v1/ask", params={"question": "lens for Canon EOS R10"})
        client.post("/v1/ask", json={"question": f"{word} tripod", "profile": {"likes": [word]}})
        client.post("/v1/ask", json={"question": "tripod", word: 1})
        client.get(f"/v1/products/{word}/relations")
        client.get(f"/{word}?{word}={word}", headers={word: word, "X-Request-Id": "seen-1"})
        counters = client.get("/metrics").text
    assert served.stop() == 0
    lines = [json.loads(line) for line in served.out.read_text().splitlines()]
    assert any(line["request_id"] == "seen-1" for line in lines)
    assert {"time", "request_id", "method", "route", "status", "ms"} <= set(lines[0])
    assert word not in served.out.read_text() + counters + served.process.stderr.read().decode()
    for name in (
        *("goeswith_answer_seconds_bucket", "goeswith_builds_total", "goeswith_builds_queued"),
        *("goeswith_gate_rejections_total", "goeswith_lm_calls_total", "goeswith_lm_usd_total"),
        *("goeswith_requests_total", "goeswith_builds_shed_total", "goeswith_asks_total"),
    ):
        assert re.search(rf"^{name}\b", counters, re.MULTILINE), name
