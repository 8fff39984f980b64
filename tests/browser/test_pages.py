"""The pages in a real browser: nothing overflows, everything is legible, keys and copying work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.contrast import CONTRAST
from tests.browser.site import Site, site, watched
from tests.web.visitor import BROWSER

PATHS = ("/", "/docs", "/setup", "/privacy", "/sign-in", "/nothing-here")
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
LEVELS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((node) => Number(node.tagName[1]))"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as served:
        yield served


@pytest.fixture
def page(browser: Browser, pages: Site) -> Iterator[Page]:
    context = pages.visit(browser)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=pages.address)
    with watched(context) as opened:
        yield opened


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_page_scrolls_sideways(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate(SIDEWAYS) is False


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(page: Page, path: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(path)
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("path", PATHS)
def test_headings_go_down_one_step_at_a_time(page: Page, path: str) -> None:
    page.goto(path)
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", PATHS)
def test_a_keyboard_alone_reaches_everything_and_sees_where_it_is(page: Page, path: str) -> None:
    page.goto(path)
    wanted = page.locator("a[href]:visible, button:visible, summary:visible, pre[tabindex]:visible").count()
    seen = set()
    for _press in range(wanted):
        page.keyboard.press("Tab")
        where, outline = page.evaluate("""() => {
          const at = document.activeElement;
          return [[...document.querySelectorAll('*')].indexOf(at), getComputedStyle(at).outlineStyle];
        }""")
        seen.add(where)
        assert outline == "solid"
    assert len(seen) == wanted


def test_the_first_key_offers_to_skip_the_navigation(page: Page) -> None:
    page.goto("/setup")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_button_copies_its_value_and_says_so(page: Page, pages: Site) -> None:
    page.goto("/setup")
    button = page.get_by_role("button", name="Copy: HTTP endpoint URL")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("HTTP endpoint URL copied")
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{pages.address}/chat/events"
    expect(button).to_have_text("Copy", timeout=5000)
    expect(page.get_by_role("status")).to_be_empty()


def test_without_a_clipboard_the_value_is_marked(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto("/setup")
    page.get_by_role("button", name="Copy: App name").click()
    expect(page.get_by_role("status")).to_have_text("Marked: press Ctrl+C to copy it")
    assert page.evaluate("getSelection().toString()") == "Pipenotify"


def test_without_scripts_nothing_is_missing_but_the_buttons(browser: Browser, pages: Site) -> None:
    context = pages.visit(browser, java_script_enabled=False, extra_http_headers=BROWSER)
    page = context.new_page()
    page.goto("/setup")
    expect(page.get_by_text(f"{pages.address}/chat/events", exact=True)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    context.close()
