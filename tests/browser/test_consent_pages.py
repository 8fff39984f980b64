"""The confirmation after an install, and the errors of connecting: legible on a small screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.contrast import CONTRAST
from tests.browser.scenes import beginner, stranger
from tests.browser.site import site, watched
from tests.browser.test_pages import SIDEWAYS
from web.playground.faults import Fault
from web.playground.pipedrive.server import FakePipedrive

INSTALL: Final = "/api/v1/oauth/callback?code=1.2.3"
DENIED: Final = "/api/v1/oauth/callback?error=user_denied"
TWICE: Final = """() => {
  const yes = document.querySelector('main form button');
  yes.click();
  setTimeout(() => yes.click(), 500);
}"""
PLACES: Final = [(INSTALL, beginner), (INSTALL, stranger), (DENIED, beginner)]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=PLACES, ids=["asked", "asked-without-a-team", "denied"])
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path, scheme: Any) -> Iterator[Page]:
    path, scene = request.param
    with site(tmp_path, scene) as served, watched(served.visit(browser, color_scheme=scheme)) as opened:
        opened.set_viewport_size({"width": 360, "height": 800})
        opened.goto(path)
        yield opened


def test_the_pages_of_a_consent_are_for_everybody(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(SIDEWAYS) is False


def test_saying_no_leads_back_and_changes_nothing(browser: Browser, tmp_path: Path) -> None:
    with site(tmp_path, beginner) as served, watched(served.visit(browser)) as page:
        page.goto(INSTALL)
        expect(page.get_by_role("heading", name="Connect Pipedrive?")).to_be_visible()
        page.get_by_role("link", name="No, leave it").click()
        page.wait_for_url("**/setup")
        expect(page.get_by_role("link", name="Connect Pipedrive").first).to_be_visible()


def test_saying_yes_while_pipedrive_is_away_needs_notice_with_the_way_on(
    browser: Browser, tmp_path: Path
) -> None:
    with site(tmp_path, beginner) as served:
        context = served.visit(browser)
        page = context.new_page()
        page.goto(INSTALL)
        page.get_by_role("button", name="Yes, connect it").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Pipedrive did not answer")
        expect(page.get_by_role("link", name="Start again")).to_be_visible()
        context.close()


def test_whoever_presses_yes_again_while_it_takes_its_time_is_not_refused(
    browser: Browser, tmp_path: Path
) -> None:
    with FakePipedrive() as slow, site(tmp_path, beginner, PIPEDRIVE_OAUTH_URL=slow.url) as served:
        slow.faults.order(Fault(where="/oauth/token", delay=2, drop=True))
        context = served.visit(browser)
        page = context.new_page()
        page.goto(INSTALL)
        page.evaluate(TWICE)
        expect(page.get_by_role("alert")).to_contain_text("Pipedrive did not answer")
        context.close()
