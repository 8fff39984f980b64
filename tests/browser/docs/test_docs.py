"""Routes of REST are tried on the page of the documentation, with a token that is kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from models.accounts.actor import system
from models.accounts.queries import tenant_id_of
from models.accounts.tokens import create_token
from tests.browser.axe import violations
from tests.browser.scenes import ADA, connected
from tests.browser.site import Site, keep_picture, site, watched

RULES: Final = "GET /api/v1/admin/rules"
KEPT: Final = (
    "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"
)
SIDEWAYS: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("docs")
    with site(folder, connected) as serving:
        yield serving


@pytest.fixture(scope="module")
def secret(served: Site) -> str:
    with served.database.writing_all() as session:
        tenant_id = tenant_id_of(session, "Acme")
        return create_token(session, system(tenant_id, "test"), ADA)[1]


def _opened(page: Page, route: str) -> Locator:
    """Open a route by keyboard and return its part of the page."""
    part = page.locator(f"details[data-route='{route}']")
    part.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(part.get_by_role("button")).to_be_visible()
    return part


def _sent(part: Locator) -> Locator:
    part.get_by_role("button").press("Enter")
    return part.get_by_role("status")


def test_a_route_answers_a_real_token_and_the_token_is_kept_nowhere(
    browser: Browser, served: Site, secret: str
) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/docs")
        page.get_by_label("Token, to try routes here").fill(secret)
        part = _opened(page, RULES)
        part.get_by_label("limit").fill("5")
        expect(_sent(part)).to_have_text("200 OK")

        part.scroll_into_view_if_needed()
        keep_picture(page, "docs-try-it")
        body = json.loads(part.get_by_label(f"Answer of {RULES}").inner_text())
        assert (body["success"], body["meta"]["limit"]) == (True, 5)
        assert "x-ratelimit-remaining: " in part.get_by_label(f"Headers of {RULES}").inner_text()
        assert secret not in page.evaluate(KEPT)
        assert secret not in page.url
        page.reload()
        expect(page.get_by_label("Token, to try routes here")).to_be_empty()


def test_a_body_is_sent_and_what_comes_back_is_text_and_no_markup(
    browser: Browser, served: Site, secret: str
) -> None:
    route = "POST /api/v1/admin/templates"
    with watched(served.visit(browser)) as page:
        page.goto("/docs")
        page.get_by_label("Token, to try routes here").fill(secret)
        part = _opened(page, route)
        marked = "<img src=x onerror=alert(1)>"
        part.get_by_label("Body, as JSON").fill(json.dumps({"name": marked, "liquid": "{{ title }}"}))
        expect(_sent(part)).to_have_text("201 CREATED")

        expect(part.get_by_label(f"Answer of {route}")).to_contain_text(marked)
        expect(part.locator("img")).to_have_count(0)


def test_without_a_token_or_with_a_wrong_body_the_answer_says_what_to_do(
    browser: Browser, served: Site, secret: str
) -> None:
    with watched(served.visit(browser)) as page:
        page.goto("/docs")
        rules = _opened(page, RULES)
        expect(_sent(rules)).to_contain_text("401 UNAUTHORIZED: ")
        page.get_by_label("Token, to try routes here").fill("pn_…")
        expect(_sent(rules)).to_contain_text("No answer: ")
        page.get_by_label("Token, to try routes here").fill(secret)
        part = _opened(page, "POST /api/v1/admin/mutes")
        part.get_by_label("Body, as JSON").fill("{")

        expect(_sent(part)).to_have_text("400 BAD REQUEST: The body is no JSON that can be read here.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_tried_route_is_whole_at_360_px_and_accessible(
    browser: Browser, served: Site, secret: str, scheme: Any
) -> None:
    visit = served.visit(browser, color_scheme=scheme, viewport={"width": 360, "height": 800})
    with watched(visit) as page:
        page.goto("/docs")
        page.get_by_label("Token, to try routes here").fill(secret)
        expect(_sent(_opened(page, RULES))).to_have_text("200 OK")
        _opened(page, "PATCH /api/v1/admin/rules/{id}")

        assert page.evaluate(SIDEWAYS) <= 0
        assert violations(page) == []
