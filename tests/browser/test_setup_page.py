"""The setup page in a real browser: it fits every screen, and updates while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select, update

from models.clock import now
from models.connections.people import match_manually
from models.database.engine import Database
from models.tables import BrowserSession, Connection, Delivery, Heartbeat, User, WebhookSubscription
from tests.browser.contrast import CONTRAST
from tests.browser.scenes import SCENES, connected, nobody, troubled
from tests.browser.site import Site, site, watched
from tests.browser.test_axe import UNFOLD
from tests.browser.test_pages import LEVELS, SIDEWAYS
from tests.web.visitor import BROWSER

UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, button')]
  .filter((field) => !field.labels?.length && !field.ariaLabel && !field.textContent.trim())
  .map((field) => field.outerHTML)"""
SMALL = """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), summary')]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24)
  .map((each) => each.outerHTML)"""


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    scene = SCENES[getattr(request, "param", "connected")]
    with site(tmp_path, scene) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Site) -> Iterator[Page]:
    with watched(served.visit(browser)) as opened:
        opened.goto("/setup")
        yield opened


def _one(database: Database) -> int:
    """The id of the tenant that the scene created."""
    with database.reading_all() as session:
        return int(session.scalars(select(Connection.tenant_id)).one())


@pytest.mark.parametrize("served", SCENES, indirect=True)
def test_every_state_fits_every_width(page: Page) -> None:
    page.evaluate(UNFOLD)
    for width in (320, 360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert (width, page.evaluate(SIDEWAYS)) == (width, False)


@pytest.mark.parametrize("served", SCENES, indirect=True)
def test_every_state_is_legible_and_in_order(page: Page) -> None:
    page.evaluate(UNFOLD)
    for scheme in ("light", "dark"):
        chosen: Any = scheme
        page.emulate_media(color_scheme=chosen, reduced_motion="reduce")
        assert page.evaluate(CONTRAST) == []
    levels = page.evaluate(LEVELS)
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("served", ["nobody"], indirect=True)
def test_chat_turns_green_for_whoever_looks(page: Page, served: Site) -> None:
    expect(page.locator(".chip")).to_have_text("Google Chat was not heard yet")
    with served.database.writing_all() as session:
        session.add(Heartbeat(part="chat", at=now()))

    expect(page.locator(".chip.done")).to_have_text("Google Chat was heard")
    expect(page.locator("#news")).to_have_text("Google Chat app: Google Chat was heard")


def test_a_change_is_drawn_where_it_is_and_focus_stays(page: Page, served: Site) -> None:
    check = page.get_by_role("button", name="Check again")
    check.focus()
    with served.database.writing_all() as session:
        broken = update(WebhookSubscription).where(WebhookSubscription.entity == "deal")
        session.execute(broken.values(problem="Pipedrive stopped sending"))

    expect(page.get_by_text("Pipedrive stopped sending")).to_be_visible()
    expect(page.locator("#webhooks .chip")).to_have_text("9 of 10 live")
    expect(page.locator("#news")).to_have_text("Webhooks: 9 of 10 live")
    expect(check).to_be_focused()


def test_a_button_that_is_gone_leaves_the_focus_at_its_step(page: Page, served: Site) -> None:
    page.get_by_role("button", name="Check again").focus()
    with served.database.writing_all() as session:
        session.execute(update(Connection).values(state="revoked"))

    expect(page.get_by_role("heading", name="Webhooks")).to_be_focused()


def test_who_is_choosing_is_not_disturbed(page: Page, served: Site) -> None:
    choice = page.get_by_label("Ben Okri in Pipedrive")
    choice.select_option(label="cy@example.com")
    page.get_by_role("heading", name="Set up Pipenotify").click()
    team = _one(served.database)
    with served.database.writing(team) as session:
        ada = select(User.id).where(User.tenant_id == team, User.email == "ada@example.com")
        match_manually(session, team, session.scalars(ada).one(), "11")
        session.add(Heartbeat(part="door", at=now()))
        session.execute(update(Connection).where(Connection.tenant_id == team).values(problem="Look here"))

    expect(page.get_by_text("Look here")).to_be_visible()
    expect(choice).to_have_value("13")
    page.get_by_role("button", name="Save who Ben Okri is").click()
    expect(page.get_by_text("Saved who is who.")).to_be_visible()
    expect(page.get_by_label("Ben Okri in Pipedrive")).to_have_value("13")
    expect(page.get_by_label("Ada Lovelace in Pipedrive")).to_have_value("11")


def test_an_admin_gives_a_role_and_invites_somebody(page: Page, served: Site) -> None:
    page.get_by_role("combobox", name="Role of Ben Okri").select_option(label="manager")
    page.get_by_role("button", name="Save the role of Ben Okri").click()
    expect(page.get_by_text("The new role holds from now on.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Role of Ben Okri")).to_have_value("manager")

    page.get_by_label("Invite by e-mail").fill("zoe@example.com")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("combobox", name="Role of zoe@example.com")).to_have_value("sales_rep")


@pytest.mark.parametrize("served", ["cut_off"], indirect=True)
def test_a_card_on_its_way_is_followed_to_its_end(page: Page, served: Site) -> None:
    expect(page.locator("#outcome")).to_contain_text("Waiting to be sent to Deals")
    with served.database.writing_all() as session:
        session.execute(update(Delivery).values(state="delivered", finished_at=now()))

    expect(page.locator("#outcome")).to_contain_text("Sent to Deals")


def test_who_is_signed_out_elsewhere_sees_it(page: Page, served: Site) -> None:
    expect(page.get_by_text("Ada Lovelace").first).to_be_visible()
    with served.database.writing_all() as session:
        session.execute(delete(BrowserSession))

    expect(page.get_by_text("Signed in as")).to_have_count(0)


def test_what_was_said_once_is_not_said_at_a_reload(page: Page) -> None:
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Looking after the webhooks now")).to_be_visible()

    page.reload()

    expect(page.get_by_text("Looking after the webhooks now")).to_have_count(0)


def test_erasing_wants_the_name_of_the_team(page: Page, served: Site) -> None:
    page.get_by_text("Disconnect", exact=True).first.click()
    page.get_by_label("Erase everything of Acme").check()
    page.get_by_label("To erase, type").fill("Acne")
    page.get_by_role("button", name="Disconnect").click()

    expect(page.get_by_text("nothing was erased")).to_be_visible()
    with served.database.reading_all() as session:
        assert session.scalars(select(Connection.state)).one() == "connected"


def test_disconnecting_is_seen_to_begin(page: Page) -> None:
    page.get_by_text("Disconnect", exact=True).first.click()
    page.get_by_role("button", name="Disconnect").click()

    expect(page.locator("#pipedrive .chip")).to_have_text("Being disconnected")
    expect(page.get_by_role("button", name="Disconnect")).to_have_count(0)


@pytest.mark.parametrize("scene", [connected, troubled, nobody])
def test_without_scripts_the_page_is_whole(browser: Browser, tmp_path: Path, scene: Any) -> None:
    with site(tmp_path, scene) as served:
        context = served.visit(browser, java_script_enabled=False, extra_http_headers=BROWSER)
        page = context.new_page()
        page.goto("/setup")
        expect(page.locator(".copy:visible")).to_have_count(0)
        if scene is connected:
            page.get_by_role("button", name="Send a test card").click()
            expect(page.get_by_text("A test card is on the way.")).to_be_visible()
            expect(page.locator("#outcome")).to_contain_text("Waiting to be sent to Deals")
        context.close()
