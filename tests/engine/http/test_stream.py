"""GET /v1/ask/stream: the steps of a build as events, and the same answer at the end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

OWN = ("question", "cache", "cost")


def events_of(text: str) -> list[tuple[str, Any]]:
    """Read server-sent events; comments are heartbeats."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line[1:])
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def common(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in OWN}


def test_a_stream_tells_plan_ranks_needs_edges_and_the_answer(served: Any) -> None:
    params = {"question": "what do I need to film a wedding with a Nikon Z6 II"}
    with served.client() as client:
        built = events_of(client.get("/v1/ask/stream", params=params).text)
        stored = events_of(client.get("/v1/ask/stream", params=params).text)
        posted = client.post("/v1/ask", json=params).json()
    for events in (built, stored):
        names = [name for name, _ in events]
        assert names[0] == "plan"
        assert names[-1] == "answer"
        assert {"rank", "need", "edge"} <= set(names)
        answer = events[-1][1]
        assert common(answer) == common(posted)
        assert events[0][1] == answer["plan"]
        told = {edge["id"] for name, edge in events if name == "edge"}
        assert told >= {e for g in answer["groups"] for p in g["products"] for e in p["edges"]}
        assert [group for name, group in events if name == "need"] == answer["groups"]
        for name, edge in events:
            assert name != "edge" or edge["evidence"]
    assert built[-1][1]["cache"]["tier"] == "none"
    assert stored[-1][1]["cache"]["tier"] == "memory"


def test_streams_of_one_question_hear_one_build(served: Any) -> None:
    params = {"question": "what do I need to photograph stars with a Nikon Z6 II"}

    def listen(_: int) -> list[tuple[str, Any]]:
        with served.client() as client:
            return events_of(client.get("/v1/ask/stream", params=params).text)

    before = builds(served)
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(listen, range(8)))
    assert builds(served) - before == 1
    assert all(common(events[-1][1]) == common(heard[0][-1][1]) for events in heard)
    assert all(events[0][0] == "plan" for events in heard)


def test_who_leaves_does_not_stop_the_build(served: Any) -> None:
    params = {"question": "what do I need to photograph fireworks with a Nikon Z6 II"}
    with served.client() as client, client.stream("GET", "/v1/ask/stream", params=params) as left:
        next(left.iter_lines())
    with served.client() as client:
        told = client.post("/v1/ask", json=params).json()
        again = client.post("/v1/ask", json=params).json()
    assert told["groups"]
    assert again["cache"]["tier"] == "memory"


def test_a_stream_that_cannot_begin_is_refused_like_any_request(served: Any) -> None:
    with served.client() as client:
        refused = client.get("/v1/ask/stream", params={"question": "???"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "question")


def builds(served: Any) -> float:
    with served.client() as client:
        text = client.get("/metrics").text
    return next(
        float(line.split()[1])
        for line in text.splitlines()
        if line.startswith("goeswith_builds_total ")
    )
