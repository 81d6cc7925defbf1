"""A real service on loopback and a real Chromium that looks at it.

Whatever a test does, the page must run no foreign or inline code, ask no other host, and log no
error: that is checked when the page is closed. Screenshots are kept in build/screenshots.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.engine.conftest import Served

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian ships it.

    Not of the whole session: Playwright keeps an event loop running, under which no test of
    another module could run one of its own.
    """
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Open]:
    """Open pages, and check when they are closed that nothing went wrong in them."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    pages: list[Page] = []

    def foreign(request: Request) -> None:
        if not request.url.startswith(served.url):
            wrong.append(f"asked {request.url}")

    def begin(path: str = "/", **options: object) -> Page:
        context = browser.new_context(base_url=served.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("request", foreign)
        pages.append(page)
        page.goto(path)
        return page

    yield begin
    for page in pages:
        wrong += page.evaluate("window.violations")
    for context in contexts:
        context.close()
    # What a test asks for on purpose: a missing key, and a connection that breaks.
    meant = ("status of 401", "net::ERR_FAILED")
    assert [text for text in wrong if not any(part in text for part in meant)] == []


@pytest.fixture(scope="session")
def keep(root: Path) -> Callable[[Page, str], None]:
    """Keep a screenshot for people to look at."""
    folder = root / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def shoot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return shoot
