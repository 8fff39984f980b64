"""A new admin follows the setup page, from an empty folder to a card in Chat.

Nothing is loaded and only the page is read: it says what is next, and updates by itself. The
duration is printed in the test's output.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.site import WANTS_PICTURES, keep_picture, watched
from tests.customers import headings
from tests.stack import Stack
from web.playground.people import ADA

SPACE: Final = "spaces/AAAA"
WITHIN_MS: Final = 60_000


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path) as started:
        started.play.pipedrive.oauth.interactive = True
        started.start_web()
        started.start_worker()
        yield started


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(base_url=stack.url, reduced_motion="reduce")
    context.set_default_timeout(WITHIN_MS)
    with watched(context) as opened:
        yield opened


def _step(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def _turns(page: Page, title: str, words: str) -> None:
    """Wait until a step of the open page says so by itself."""
    expect(_step(page, title).locator(".chip.done")).to_have_text(words, timeout=WITHIN_MS)


def test_from_an_empty_folder_to_a_card_in_chat(stack: Stack, page: Page) -> None:
    began = time.monotonic()
    page.goto("/")
    page.get_by_role("link", name="Set it up").click()
    expect(page.get_by_text(f"{stack.url}/chat/events", exact=True)).to_be_visible()
    stack.play.say(SPACE, ADA.name, "/pipenotify")
    _turns(page, "Google Chat app", "Google Chat was heard")

    page.get_by_role("link", name="Sign in with Google").click()
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_text("You belong to no team yet.")).to_be_visible()
    page.get_by_role("link", name="Connect Pipedrive").click()
    page.get_by_role("button", name="Allow and install").click()
    expect(page.get_by_text("Pipedrive is connected.")).to_be_visible()
    _turns(page, "Webhooks", "10 of 10 live")

    stack.play.say(SPACE, ADA.name, "/pipenotify space here")
    _turns(page, "A Chat space", "1 space linked")
    page.get_by_role("button", name="Send a test card").click()
    _turns(page, "A test card", "A card has arrived")
    print(f"from nothing to a card in {time.monotonic() - began:.1f} s")

    (*_answers, card) = stack.play.chat.cards(SPACE)
    assert headings([card])[0].startswith("TEST")
    expect(page.locator(".progress .number.done")).to_have_count(5)
    expect(_step(page, "People").get_by_text("1 of 1 matched")).to_be_visible(timeout=WITHIN_MS)
    _pictures(page)
    assert violations(page) == []


def _pictures(page: Page) -> None:
    if not WANTS_PICTURES:
        return
    page.goto("/setup")
    for name, how in (
        ("setup", {"color_scheme": "light"}),
        ("setup-dark", {"color_scheme": "dark"}),
        ("setup-phone", {"color_scheme": "light", "width": 390, "height": 780}),
    ):
        _picture(page, name, **how)


def _picture(page: Page, name: str, *, color_scheme: Any, width: int = 1280, height: int = 1120) -> None:
    page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    keep_picture(page, name)
