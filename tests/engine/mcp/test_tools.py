"""The official client lists and calls the tools over both transports, and errors say what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from goeswith.engine.mcp.tools import TOOLS, object_schema
from tests.engine.conftest import Served

EXTRAS = "accessories for Canon EOS R10"
CAMERA, LENS = "CAM-R10", "LEN-RF100500"

pytestmark = pytest.mark.anyio

Connect = Callable[[], Client]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["http", "stdio"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """A client on one of the two transports."""
    if request.param == "http":
        served: Served = request.getfixturevalue("served")
        return lambda: Client(f"{served.url}/mcp")
    home: Path = request.getfixturevalue("home")
    plain = {name: value for name, value in os.environ.items() if "GOESWITH" not in name}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from goeswith.engine.cli import main; main()", "mcp", "--home", str(home)],
        env={**plain, "GOESWITH_RETRIEVAL__EMBEDDER": "hash"},
        cwd=home.parent,
    )
    return lambda: Client(command)


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def call(client: Client, name: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, text(result)
    told: dict[str, Any] = result.structured_content
    schema = next(object_schema(tool.gives) for tool in TOOLS if tool.name == name)
    jsonschema.Draft202012Validator(schema).validate(told)
    return told


async def test_the_tools_over_both_transports(connect: Connect) -> None:
    async with connect() as client:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == ["ask", "explain_path", "product_relations"]
        for tool in listed:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.output_schema is not None
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)

        answer = await call(client, "ask", question=EXTRAS)
        assert answer["starting_from"] == ["canon eos r10"]
        product = answer["groups"][0]["products"][0]
        assert product["why"]
        assert "graph" not in answer

        path = await call(client, "explain_path", source=CAMERA, target=product["sku"])
        assert path["found"]
        assert all(step["edge"]["verdict"]["accepted"] for step in path["steps"] if step["edge"])

        related = await call(client, "product_relations", sku=CAMERA)
        assert related["relations"]
        assert product["sku"] in {
            other["sku"] for others in related["relations"].values() for other in others
        }


async def test_what_a_model_may_also_ask_for(served: Served) -> None:
    async with Client(f"{served.url}/mcp") as client:
        proof = await call(client, "ask", question=EXTRAS, graph=True, include=["price"])
        assert proof["graph"]["edges"][0]["evidence"]
        assert all("offer" in product for product in proof["groups"][0]["products"])
        bought = proof["groups"][0]["products"][0]["sku"]
        again = await call(client, "ask", question=EXTRAS, basket=[bought])
        offered = {p["sku"] for group in again["groups"] for p in group["products"]}
        assert bought not in offered


async def test_a_second_ask_comes_from_the_cache(served: Served) -> None:
    async with Client(f"{served.url}/mcp") as client:
        first = await call(client, "ask", question="lens for Canon EOS R10")
        again = await call(client, "ask", question="lens for Canon EOS R10")
    assert (first["from_cache"], again["from_cache"]) == (False, True)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {}, "question"),
        ("ask", {"question": ""}, "length"),
        ("ask", {"question": "   "}, "question"),
        ("ask", {"question": EXTRAS, "model": "gpt"}, "model"),
        ("ask", {"question": EXTRAS, "basket": ["NO-SUCH-SKU"]}, "does not have"),
        ("ask", {"question": "lens\x00"}, "control characters"),
        ("explain_path", {"source": "zzzz qqqq", "target": CAMERA}, "names nothing in this shop"),
        ("product_relations", {"sku": "NO-SUCH-SKU"}, "no product with that SKU"),
        ("buy", {"sku": CAMERA}, "ask, explain_path, product_relations"),
    ],
)
async def test_errors_are_told_to_the_model(
    served: Served, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with Client(f"{served.url}/mcp") as client:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert told in text(result)
        assert "Traceback" not in text(result)


async def test_what_nobody_foresaw_is_logged_and_not_told(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(type(served.service.engine), "relations", broken)
    async with Client(f"{served.url}/mcp") as client:
        result = await client.call_tool("product_relations", {"sku": CAMERA})
    assert result.is_error
    assert "secret" not in text(result)
    assert "a secret of the house" in caplog.text


async def test_two_products_that_do_not_fit_are_not_called_a_fit(served: Served) -> None:
    async with Client(f"{served.url}/mcp") as client:
        path = await call(client, "explain_path", source="CAM-R10", target=LENS)
        assert path["steps"][0]["edge"]["relation"] == "compatible_with"
        other = await call(client, "explain_path", source="CAM-Z6II", target=LENS)
    assert not other["found"]
    assert "do not fit" in other["why"]


async def test_a_page_of_another_site_may_not_call(served: Served) -> None:
    import httpx

    async with httpx.AsyncClient(base_url=served.url) as client:
        answered = await client.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            headers={
                "origin": "https://elsewhere.example",
                "accept": "application/json, text/event-stream",
            },
        )
    assert answered.status_code == 403
