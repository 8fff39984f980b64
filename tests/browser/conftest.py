"""A browser for tests of rendered pages."""

import shutil
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.browser.stub_playground import StubPlayground
from web.playground.page import playground_page

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SUBCOMMANDS = [
    {"words": "help", "description": "What the app can do"},
    {"words": "rule new", "description": "Make a rule"},
]

expect.set_options(timeout=30_000)  # a busy machine is slow; what never comes fails all the same


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without one the browser tests are skipped and say what to install."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("NO BROWSER: the page was not tested; install chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def play() -> StubPlayground:
    return StubPlayground()


@pytest.fixture
def address(play: StubPlayground) -> Iterator[str]:
    app = Flask("stub")
    blueprint = playground_page(
        play, SUBCOMMANDS, lambda: play.steps, lambda: play.roles, lambda: play.backlog
    )
    app.register_blueprint(blueprint)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/playground"
    server.shutdown()
    thread.join(5)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The open playground with a stub behind it; a script error or refused resource fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 860})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(address)
    opened.wait_for_selector("body.ready")
    yield opened
    context.close()
    assert wrong == []
