"""The first steps with `make demo`: make a rule in Chat, win a deal in Pipedrive, see its card."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import WANTS_PICTURES, keep_picture
from tests.stack import wait_until
from tests.web.demo_process import DemoProcess

CARD_WITHIN_MS: Final = 20_000


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path).running() as made:
        yield made


@pytest.fixture
def page(browser: Browser, demo: DemoProcess) -> Iterator[Page]:
    """The open playground; any script error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(demo.address)
    opened.wait_for_selector("body.ready")
    yield opened
    context.close()
    # At its end the demo is gone before the page.
    assert [line for line in wrong if "ERR_" not in line and "503" not in line] == []


def test_a_newcomer_wins_a_deal_makes_a_rule_and_sees_the_cards(demo: DemoProcess, page: Page) -> None:
    page.get_by_role("button", name="Win: Umbrella pilot").click()
    expect(page.get_by_role("heading", name="Umbrella pilot").first).to_be_visible(timeout=CARD_WITHIN_MS)
    expect(page.locator(".hint.done")).to_have_text(re.compile("Win a deal, watch its card arrive"))

    _make_a_rule(page)
    time.sleep(2)  # a change of rules holds for events two seconds later
    page.get_by_role("button", name="Win: Globex renewal").click()
    expect(page.get_by_role("heading", name="Globex renewal").first).to_be_visible(timeout=CARD_WITHIN_MS)
    expect(page.get_by_text("€12,000").first).to_be_visible()
    _all_pictures(page)

    page.locator(".message").filter(has_text="Globex renewal").get_by_role("link", name="Open").click()
    expect(page.get_by_role("dialog", name="Globex renewal")).to_be_visible()
    page.keyboard.press("Escape")
    page.fill("#composer-box", "/pipenotify rule list")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is all it takes.")).to_be_visible()

    took = demo.leave()
    print(f"ended {took:.1f} s after Ctrl-C, with the page open")
    wait_until(lambda: demo.processes() == [], 3, "the end of every process of the demo")
    page.goto("about:blank")


def _make_a_rule(page: Page) -> None:
    """Make a useful rule in at most six clicks and a minute; to choose from a dropdown takes two."""
    page.evaluate("addEventListener('click', () => { window.clicks = (window.clicks ?? 0) + 1 }, true)")
    started = time.monotonic()
    page.get_by_role("button", name="Wins wall").click()
    page.get_by_role("button", name="Quick commands").click()
    expect(page.get_by_role("menuitem")).to_contain_text(["New rule", "/pipenotify", "/pn"])
    page.get_by_role("menuitem", name="New rule").click()
    dialog = page.get_by_role("dialog", name="New rule")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("When")).to_have_value("deal.won")
    dialog.get_by_label("Field 1").select_option("value")
    dialog.get_by_label("Value", exact=True).fill("10k")
    keep_picture(page, "dialog")
    dialog.get_by_label("Name", exact=True).fill("Big wins")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Rule “Big wins” saved").first).to_be_visible()
    assert page.evaluate("window.clicks") + 2 <= 6
    assert time.monotonic() - started < 60
    expect(page.get_by_text("Value is at least 10,000 in any currency").first).to_be_visible()
    expect(page.locator(".hint.done")).to_have_count(2)


def _all_pictures(page: Page) -> None:
    if WANTS_PICTURES:
        expect(page.locator("#toast")).to_be_hidden(timeout=15_000)
    keep_picture(page, "playground")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    keep_picture(page, "playground-dark")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 780})
    page.locator('.panes [data-pane="chat"]').click()
    keep_picture(page, "playground-phone")
