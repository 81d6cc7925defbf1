"""POST and GET /v1/ask: the object of the contract, and hits as HTTP caches know them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from goeswith.engine.answer import Body

QUESTION = "what do I need to photograph birds with a Canon EOS R10"


def test_the_answer_is_the_object_of_the_contract(served: Any) -> None:
    with served.client() as client:
        told = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert list(told) == [
        *("question", "cache", "cost", "schema", "canonical"),
        *("degraded", "plan", "groups", "graph", "versions"),
    ]
    assert list(told["cache"]) == ["tier", "key", "age_s", "stale"]
    assert list(told["cost"]) == ["wall_ms", "lm_calls", "lm_tokens", "stages"]
    assert told["groups"]
    msgspec.convert({name: told[name] for name in Body.__struct_fields__ if name in told}, Body)


def test_get_and_post_and_every_wording_share_one_answer(served: Any) -> None:
    with served.client() as client:
        built = client.get("/v1/ask", params={"question": "tripod for a Canon EOS R10"}).json()
        again = client.post("/v1/ask", json={"question": "Tripod for a Canon EOS R10 ?"}).json()
    assert again["question"] == "Tripod for a Canon EOS R10 ?"
    assert again["cache"]["tier"] == "memory"
    assert again["cache"]["key"] == built["cache"]["key"]
    own = ("question", "cache", "cost")
    assert {k: v for k, v in again.items() if k not in own} == {
        k: v for k, v in built.items() if k not in own
    }


def test_a_hit_says_so(served: Any) -> None:
    params = {"question": "memory card for a Nikon Z6 II"}
    with served.client() as client:
        miss = client.get("/v1/ask", params=params)
        hit = client.get("/v1/ask", params=params)
    assert miss.headers["cache-status"] == "goeswith; fwd=miss"
    assert hit.headers["cache-status"] == "goeswith; hit; detail=memory"
    assert int(hit.headers["age"]) >= 0
    assert hit.headers["etag"] == miss.headers["etag"]
    assert hit.json()["cost"]["lm_calls"] == 0
    assert hit.json()["cost"]["stages"] == {}


def test_what_the_client_has_is_not_sent_again(served: Any) -> None:
    params = {"question": "battery for a Nikon Z6 II"}
    with served.client() as client:
        etag = client.get("/v1/ask", params=params).headers["etag"]
        same = client.get("/v1/ask", params=params, headers={"If-None-Match": f'"x", {etag}'})
        other = client.get("/v1/ask", params=params, headers={"If-None-Match": '"x"'})
        posted = client.post("/v1/ask", json=params, headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert other.status_code == 200
    assert posted.status_code == 200


def test_hits_outlive_the_process(start: Any, home: Any) -> None:
    for tier in ("none", "disk"):
        service = start(home)
        with service.client() as client:
            told = client.get("/v1/ask", params={"question": QUESTION}).json()
            assert told["cache"]["tier"] == tier
        assert service.stop() == 0


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2_X", True), ("a b", False), ("ä", False), ("x" * 129, False)]
)
def test_a_request_id_comes_back_if_it_is_plain(served: Any, given: str, kept: bool) -> None:
    with served.client() as client:
        headers = {"X-Request-Id": given.encode()}
        for path in ("/v1/ask?question=tripod", "/nothing"):
            back = client.get(path, headers=headers).headers["x-request-id"]
            assert (back == given) is kept
            assert back.replace("-", "").replace(".", "").replace("_", "").isalnum()


def test_a_basket_changes_the_answer_and_a_profile_is_never_stored(served: Any) -> None:
    with served.client() as client:
        plain = client.post("/v1/ask", json={"question": "tripod"}).json()
        basket = client.post("/v1/ask", json={"question": "tripod", "basket": ["CAM-Z6II"]}).json()
        likes = {"question": "tripod", "profile": {"likes": ["carbon"]}}
        liked = [client.post("/v1/ask", json=likes).json() for _ in range(2)]
        after = client.post("/v1/ask", json={"question": "tripod"}).json()
    assert basket["cache"]["key"] != plain["cache"]["key"]
    assert {told["cache"]["key"] for told in liked} == {plain["cache"]["key"]}
    assert after["groups"] == plain["groups"]
