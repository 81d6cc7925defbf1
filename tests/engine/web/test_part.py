"""The routes of the page: files with their policy, a layout of any answer, figures for an admin."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from goeswith.engine.http.metrics import BOUNDS, Histogram
from goeswith.engine.web.assets import POLICY, load_assets
from goeswith.engine.web.drawing import Layout
from goeswith.engine.web.overview import quantile_ms
from tests.engine.conftest import ADMIN, Served

EXTRAS = "accessories for Canon EOS R10"


@pytest.fixture
def client(served: Served) -> Any:
    with httpx.Client(base_url=served.url, timeout=30) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/operator", *(f"/web/{name}" for name in load_assets())])
def test_files_come_with_a_policy_and_a_tag(client: httpx.Client, path: str) -> None:
    sent = client.get(path)
    assert sent.status_code == 200
    assert sent.headers["content-security-policy"] == POLICY
    assert sent.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"if-none-match": sent.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/web/nothing.js", "/web/..%2fassets.py", "/web/%2e%2e/part.py", "/web/"]
)
def test_nothing_else_is_sent(client: httpx.Client, path: str) -> None:
    sent = client.get(path)
    assert sent.status_code == 404
    assert sent.json()["error"]["code"] == "not_found"


def test_an_answer_can_be_sent_as_it_came(client: httpx.Client) -> None:
    answer = client.get("/v1/ask", params={"question": EXTRAS})
    json = {"content-type": "application/json"}
    sent = client.post("/v1/page/layout", content=answer.content, headers=json)
    assert sent.status_code == 200
    drawn = msgspec.json.decode(sent.content, type=Layout)
    assert {line.edge for line in drawn.lines} == {e["id"] for e in answer.json()["graph"]["edges"]}


NEED = {"id": "n0", "rank": 0}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"{", 400),
        (b"[" * 60_000, 422),
        (b"{}", 422),
        (msgspec.json.encode({"plan": {"needs": [{**NEED, "rank": 10**6}]}, "graph": {}}), 422),
        (msgspec.json.encode({"plan": {"needs": [NEED] * 500}, "graph": {}}), 422),
        (b" " * 70_000, 413),
    ],
)
def test_a_shape_out_of_bounds_is_refused(client: httpx.Client, sent: bytes, status: int) -> None:
    json = {"content-type": "application/json"}
    answered = client.post("/v1/page/layout", content=sent, headers=json)
    assert answered.status_code == status
    assert answered.json()["error"]["message"]


def test_a_form_of_another_site_cannot_send_a_shape(client: httpx.Client) -> None:
    answered = client.post("/v1/page/layout", content=b"{}", headers={"content-type": "text/plain"})
    assert answered.status_code == 415


def test_every_example_has_an_answer(client: httpx.Client) -> None:
    examples = client.get("/v1/page/examples").json()["examples"]
    assert examples
    for question in examples:
        assert client.get("/v1/ask", params={"question": question}).json()["groups"], question


def test_the_figures_are_for_an_admin(client: httpx.Client) -> None:
    assert client.get("/v1/admin/overview").status_code == 401
    client.get("/v1/ask", params={"question": EXTRAS})
    client.get("/v1/ask", params={"question": EXTRAS})
    told = client.get("/v1/admin/overview", headers={"authorization": f"Bearer {ADMIN}"}).json()
    assert told["ready"]
    assert told["catalog"]["products"] == 137
    assert sum(row["share"] for row in told["tiers"]) == pytest.approx(1.0)
    assert "memory" in {row["tier"] for row in told["tiers"]}
    assert told["stats"]["answers"]["complete"] > 0
    assert sum(told["stats"]["refused"].values()) > 0
    assert told["recent"][0]["reason"]
    assert told["popular"][0]["asks"] >= 1


def test_a_quantile_is_a_bound_of_the_histogram() -> None:
    histogram = Histogram()
    for seconds in (0.00001, 0.0004, 0.0004, 0.0004, 99.0):
        histogram.observe(seconds)
    assert quantile_ms(histogram, 0.2) == BOUNDS[0] * 1000
    assert quantile_ms(histogram, 0.5) == pytest.approx(0.5)
    assert quantile_ms(histogram, 1.0) == BOUNDS[-1] * 1000
