"""Axe-core finds nothing against WCAG 2.2 AA and its good practices on any page, in any state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from models.accounts import connect_links
from tests.browser.axe import violations
from tests.browser.scenes import SCENES, beginner, nobody
from tests.browser.site import GOOGLE, Site, site, watched

UNFOLD: Final = "for (const each of document.querySelectorAll('details')) each.open = true"
PATHS: Final = ("/", "/docs", "/setup", "/privacy", "/sign-in", "/nothing-here", "/connect/used-up")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a path of a site in a scene."""
    ends: list[Any] = []

    def _open(path: str, scene: Any = nobody, scheme: Any = "light", **variables: str) -> Page:
        serving = site(tmp_path, scene, **variables)
        served = serving.__enter__()
        looking = watched(served.visit(browser, color_scheme=scheme))
        page = looking.__enter__()
        ends.extend((looking, serving))
        page.goto(path)
        return page

    yield _open
    for each in ends:
        each.__exit__(None, None, None)


@pytest.mark.parametrize("path", PATHS)
def test_pages_for_everybody(opened: Callable[..., Page], path: str) -> None:
    assert violations(opened(path)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_setup_page_in_every_state(opened: Callable[..., Page], scene: str, scheme: str) -> None:
    page = opened("/setup", SCENES[scene], scheme)
    page.evaluate(UNFOLD)

    assert violations(page) == []


def test_the_setup_page_where_google_signs_people_in(opened: Callable[..., Page]) -> None:
    assert violations(opened("/setup", **GOOGLE)) == []


@pytest.mark.parametrize("variables", [{}, GOOGLE])
def test_the_page_of_a_link_from_chat(browser: Browser, tmp_path: Path, variables: dict[str, str]) -> None:
    with site(tmp_path, nobody, **variables) as served, watched(served.visit(browser)) as page:
        page.goto(f"/connect/{_ticket(served)}")
        assert "Is this you?" in page.title()
        assert violations(page) == []


def _ticket(served: Site) -> str:
    with served.database.writing_all() as session:
        return connect_links.issue(
            session,
            purpose="connect",
            email="ada@example.com",
            chat_name="users/1",
            tenant_id=None,
            space="spaces/AAAA",
            space_title="Deals",
        )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/oauth/callback?error=access_denied",
        "/api/v1/oauth/callback?code=c&state=wrong",
        "/chat/events",
    ],
)
def test_pages_of_what_went_wrong(opened: Callable[..., Page], path: str) -> None:
    assert violations(opened(path, beginner)) == []


def test_the_page_that_asks_about_a_stray_consent(opened: Callable[..., Page]) -> None:
    page = opened("/api/v1/oauth/callback?code=from-the-marketplace", beginner)

    assert page.get_by_role("heading", level=1).inner_text() == "Connect Pipedrive?"
    assert violations(page) == []
