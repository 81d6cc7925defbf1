"""The page in a real browser: ask, see the graph, read the evidence, ask again and see the hit."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from goeswith.engine.builder.candidates import Candidates
from tests.engine.conftest import ADMIN, Served
from tests.engine.web.conftest import Open

BIRDS = "what do I need to photograph birds with a Canon EOS R10"
EXTRAS = "accessories for Canon EOS R10"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}

Keep = Callable[[Page, str], None]


def ask(page: Page, question: str) -> None:
    page.get_by_role("searchbox", name="Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#result-title")).to_have_text(question)
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")


def answer_of(served: Served, question: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(
        f"{served.url}/v1/ask", params={"question": question}, timeout=30
    ).json()
    return found


def overflows(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def test_a_question_its_graph_an_edge_and_the_hit(visit: Open, served: Served, keep: Keep) -> None:
    page = visit(viewport=DESKTOP)
    expect(page.locator("#examples button").first).to_be_visible()
    keep(page, "start")
    ask(page, BIRDS)
    expect(page.locator(".tier")).to_have_attribute("data-tier", "none")
    expect(page.locator(".graph")).to_be_visible()
    answer = answer_of(served, BIRDS)
    edges = answer["graph"]["edges"]
    expect(page.locator(".edge")).to_have_count(len(edges))
    expect(page.locator("li.product")).to_have_count(
        sum(len(group["products"]) for group in answer["groups"])
    )
    keep(page, "light")

    edge = max(
        (edge for edge in edges if edge["relation"] != "satisfies"), key=lambda e: e["confidence"]
    )
    page.locator(f".edge[data-edge='{edge['id']}'] .hit").click(force=True)
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text(edge["why"])
    expect(panel.locator(".confidence")).to_have_text(f"{edge['confidence']:.2f}")
    expect(panel.locator(".evidence")).to_have_count(len(edge["evidence"]))
    expect(panel).to_contain_text(edge["evidence"][0]["version"])
    expect(panel.locator(".passed")).to_have_count(len(edge["verdict"]["checks"]))
    expect(page.locator(".edge.selected")).to_have_count(1)
    keep(page, "edge")
    page.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()

    ask(page, BIRDS)
    expect(page.locator(".tier")).to_have_attribute("data-tier", "memory")
    expect(page.locator(".tier")).to_contain_text("From memory")
    expect(page.locator(".tier")).not_to_contain_text("in 0 ")


def test_every_edge_is_also_in_a_list(visit: Open, served: Served) -> None:
    page = visit(f"/?q={EXTRAS}")
    page.get_by_text("The same as a list").click()
    edges = answer_of(served, EXTRAS)["graph"]["edges"]
    rows = page.locator("#edge-list button")
    expect(rows).to_have_count(len(edges))
    rows.first.click()
    expect(page.get_by_role("dialog")).to_contain_text(edges[0]["id"])


def test_why_a_product_is_offered(visit: Open) -> None:
    page = visit(f"/?q={EXTRAS}")
    page.get_by_role("button", name=re.compile("^Why ")).first.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("The lines that lead to it")
    panel.locator(".edge-button").first.click()
    expect(panel).to_contain_text("Verdict: accepted")


def test_a_product_that_is_there_already_is_a_basket(visit: Open) -> None:
    page = visit(f"/?q={EXTRAS}")
    page.get_by_role("button", name=re.compile("^Why ")).first.click()
    sku = page.get_by_role("dialog").locator(".facts dd").first.inner_text()
    page.get_by_role("button", name="I have it").click()
    expect(page.locator("#badges")).to_contain_text("1 product in the basket")
    expect(page).to_have_url(re.compile(rf"basket={re.escape(sku)}$"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(f"#groups .product[data-node='sku:{sku}']")).to_have_count(0)
    expect(page.locator(".given")).to_contain_text("You start from")
    shared = visit("/?" + page.url.partition("/?")[2])
    expect(shared.locator("#badges")).to_contain_text("1 product in the basket")


def test_a_question_that_finds_nothing_is_met_with_others(visit: Open) -> None:
    page = visit("/?q=qzxv blorp wibble")
    expect(page.locator("#result-notes")).to_contain_text("Nothing in this shop matches that")
    page.locator("#result-notes .example").first.click()
    expect(page.locator(".graph")).to_be_visible()


def test_examples_that_come_after_the_answer_are_shown_in_it(visit: Open) -> None:
    page = visit()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/page/examples", hold)
    page.goto("/?q=qzxv blorp wibble")
    expect(page.locator("#result-notes")).to_contain_text("Nothing in this shop matches that")
    expect(page.locator("#result-notes .examples")).to_be_hidden()
    for route in held:
        route.continue_()
    expect(page.locator("#result-notes .example").first).to_be_visible()


def test_what_was_left_out_and_why(visit: Open, served: Served, keep: Keep) -> None:
    page = visit(f"/?q={BIRDS}", viewport=DESKTOP)
    expect(page.locator(".graph")).to_be_visible()
    page.get_by_text("What was left out, and why").click()
    told = httpx.get(f"{served.url}/v1/explain", params={"question": BIRDS}, timeout=30).json()
    refused = told["refused"]
    assert refused
    reasons = {edge["verdict"]["reason"] for edge in refused}
    expect(page.locator(".reason")).to_have_count(len(reasons))
    expect(page.locator("#rejected-body")).to_contain_text(f"{len(refused)} candidate edge")
    first = page.locator(".refused summary").first
    first.click()
    body = page.locator(".refused-body").first
    expect(body).to_contain_text("Verdict: left out")
    expect(body.locator(".failed")).to_have_count(1)
    most = max(reasons, key=lambda r: sum(edge["verdict"]["reason"] == r for edge in refused))
    shown = next(edge for edge in refused if edge["verdict"]["reason"] == most)
    expect(body.locator(".passed")).to_have_count(len(shown["verdict"]["checks"]) - 1)
    page.locator("#rejected").scroll_into_view_if_needed()
    keep(page, "rejected")


def test_a_build_is_shown_while_it_goes_on(
    visit: Open, monkeypatch: pytest.MonkeyPatch, keep: Keep
) -> None:
    go_on = threading.Event()
    retrieve = Candidates.retrieve

    def slow(self: Candidates, *given: Any, **named: Any) -> Any:
        go_on.wait(20)
        return retrieve(self, *given, **named)

    monkeypatch.setattr(Candidates, "retrieve", slow)
    page = visit(viewport=DESKTOP)
    question = "what do I need to photograph birds with a Canon EOS R7"
    page.get_by_role("searchbox").fill(question)
    page.get_by_role("searchbox").press("Enter")
    try:
        expect(page.locator(".progress-rank").first).to_be_visible()
        expect(page.locator(".progress .looking").first).to_be_visible()
        expect(page.locator("#say")).to_contain_text("Planned")
        keep(page, "progress")
    finally:
        go_on.set()
    expect(page.locator(".tier")).to_have_attribute("data-tier", "none")
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator(".graph")).to_be_visible()


def test_with_the_keyboard_alone(visit: Open) -> None:
    page = visit()
    keyboard = page.keyboard
    expect(page.locator("#q")).to_be_focused()
    keyboard.type(EXTRAS)
    keyboard.press("Enter")
    expect(page.locator(".graph")).to_be_visible()
    focused = page.locator(":focus")
    for _ in range(60):
        keyboard.press("Tab")
        if focused.evaluate("node => node.classList.contains('edge')"):
            break
    first = focused.get_attribute("data-edge")
    assert first
    keyboard.press("ArrowDown")
    second = focused.get_attribute("data-edge")
    assert second
    assert second != first
    keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.get_by_role("dialog")).to_contain_text(second)
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused.get_attribute("data-edge") == second
    keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_everything_that_can_be_used_has_a_name(visit: Open) -> None:
    page = visit(f"/?q={EXTRAS}")
    expect(page.locator(".graph")).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, a, [role=button], summary")]
            .filter((node) => !node.textContent.trim() && !node.ariaLabel
                && !(node.labels && node.labels.length)).map((node) => node.outerHTML)"""
    )
    assert nameless == []
    for role in ("banner", "main", "search", "navigation"):
        assert page.get_by_role(role).count() == 1, role
    expect(page.locator("#say")).to_contain_text("product")


@pytest.mark.parametrize("path", ["/", f"/?q={BIRDS}", "/?q=zzzz qqqq", "/operator"])
def test_a_phone_does_not_scroll_sideways(visit: Open, keep: Keep, path: str) -> None:
    page = visit(path, viewport=PHONE)
    page.wait_for_load_state("networkidle")
    assert not overflows(page)
    if BIRDS in path:
        expect(page.locator(".graph")).to_be_visible()
        assert not overflows(page)
        keep(page, "phone")
        page.get_by_role("button", name=re.compile("^Why ")).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert not overflows(page)
        keep(page, "phone-panel")


def brightness(page: Page) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 765


def test_light_dark_and_the_choice_is_kept(visit: Open, keep: Keep) -> None:
    page = visit(f"/?q={BIRDS}", viewport=DESKTOP, color_scheme="dark")
    expect(page.locator(".graph")).to_be_visible()
    assert brightness(page) < 0.2
    keep(page, "dark")
    theme = page.get_by_role("button", name="Theme")
    theme.click()
    expect(theme).to_have_text("Theme: light")
    assert brightness(page) > 0.8
    page.reload()
    assert brightness(page) > 0.8


def test_an_address_can_be_shared_and_gone_back_to(visit: Open) -> None:
    page = visit()
    ask(page, EXTRAS)
    assert page.url.endswith("/?q=accessories%20for%20Canon%20EOS%20R10")
    ask(page, BIRDS)
    page.go_back()
    expect(page.locator("#result-title")).to_have_text(EXTRAS)


def test_nothing_known_and_errors_are_said_plainly(visit: Open) -> None:
    page = visit("/?q=zzzz qqqq")
    expect(page.locator("#result-notes")).to_contain_text("Nothing in this shop matches that")
    page.route("**/v1/ask/stream*", lambda route: route.abort())
    page.get_by_role("searchbox").fill("lens")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer")


EVIL = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"


def poisoned(value: Any, name: str = "") -> Any:
    """Return an answer with markup in every text that a catalog or a model could have written."""
    if isinstance(value, dict):
        return {key: poisoned(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, name) for item in value]
    free = {"title", "label", "phrase", "why", "reference", "version", "question", "product_type"}
    return EVIL + value if isinstance(value, str) and name in free else value


def test_markup_in_a_product_is_shown_as_text(visit: Open, served: Served) -> None:
    body = json.dumps(poisoned(answer_of(served, EXTRAS)))

    def fulfil(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=f"event: answer\ndata: {body}\n\n")

    page = visit()
    page.route("**/v1/ask/stream*", fulfil)
    page.get_by_role("searchbox").fill(EVIL)
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".graph")).to_be_visible()
    expect(page.locator(".product-title").first).to_contain_text(EVIL)
    page.locator("#edge-list button").first.evaluate("node => node.click()")
    expect(page.get_by_role("dialog")).to_contain_text(EVIL)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name=re.compile("^Why ")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text(EVIL)
    assert page.locator("img, #result script, #panel script").count() == 0
    assert page.evaluate("window.pwned") is None


def test_the_operator_needs_a_key_and_sees_the_figures(visit: Open, keep: Keep) -> None:
    page = visit(f"/?q={EXTRAS}", viewport=DESKTOP)
    expect(page.locator(".graph")).to_be_visible()
    page.get_by_role("link", name="Operator").click()
    page.get_by_label("This view needs an API key").fill(ADMIN)
    page.get_by_role("button", name="Use it").click()
    tiers = page.get_by_role("region", name="Hits by tier")
    expect(tiers).to_contain_text("From memory")
    expect(page.get_by_role("region", name="Refused by the gate")).to_be_visible()
    expect(page.locator(".tile").first).to_contain_text("Answers")
    keep(page, "operator")
