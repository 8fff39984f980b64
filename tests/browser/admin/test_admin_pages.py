"""The admin pages in a browser: nothing for axe-core, nothing cut at 360 px, and news without reloading."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from models.tables import Delivery
from tests.browser.admin.busy_team import PATHS, busy
from tests.browser.axe import violations
from tests.browser.site import Site, site, watched

UNFOLD = "for (const each of document.querySelectorAll('details')) each.open = true"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("admin")
    with site(folder, busy) as serving:
        yield serving


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_at_360_px_are_whole_and_accessible(browser: Browser, served: Site, scheme: Any) -> None:
    visit = served.visit(browser, color_scheme=scheme, viewport={"width": 360, "height": 800})
    with watched(visit) as page:
        for path in PATHS:
            page.goto(path)
            page.evaluate(UNFOLD)
            assert page.evaluate(OVERFLOW) <= 0, path
            assert violations(page) == [], path


def test_new_deliveries_show_by_themselves(browser: Browser, served: Site) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/admin?q=northern")
        with served.database.writing_all() as session:
            one = session.scalars(select(Delivery).where(Delivery.rule_name != "")).all()[0]
            same = {"tenant_id": one.tenant_id, "lane": one.lane, "state": "delivered"}
            session.add(Delivery(rule_name="Won in the northern lights", **same))

        expect(page.locator(".log-name").first).to_contain_text("Won in the northern lights")
        expect(page.locator("#news")).to_have_text("1 new")


def test_a_failed_card_is_sent_again_by_keyboard(browser: Browser, served: Site) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/admin?state=dead")
        page.locator(".log-name").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Send again").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("It is sent again.")).to_be_visible()


def test_history_is_kept_for_less_long_by_keyboard(browser: Browser, served: Site) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/admin/data")
        page.get_by_label("Attempts, days").fill("30")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Attempts: 30 days instead of 90 days")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Keep it like this").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("Kept like this from now on")).to_be_visible()
        expect(page.get_by_label("Attempts, days")).to_have_value("30")


def test_a_file_of_the_team_is_downloaded(browser: Browser, served: Site) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/admin/data")
        with page.expect_download() as started:
            page.get_by_role("button", name="Export as a file").click()

        text = started.value.path().read_text()

    assert started.value.suggested_filename == "team.json"
    assert json.loads(text)["rows"]["users"]
