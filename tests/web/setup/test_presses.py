"""The setup page says what waits for a person to connect, with one button to go on, and what became of it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.card_actions.actions import record_press
from models.clock import now
from models.database.engine import Database
from models.tables import CardAction, User
from tests.conftest import TwoTenants
from tests.models.acting import body_of, deliver, press_on
from tests.web.browser import Browser

ADA, BEN = "ada@example.com", "ben@example.com"
WAITS = "Your note on Acme <b>renewal</b> will be saved as soon as you are connected."


@pytest.fixture
def waiting(filled: Database, tenants: TwoTenants) -> Database:
    """Ben is a sales rep without a connection, and has pressed Note on a card."""
    card = deliver(filled, tenants.ours, body_of(title="Acme <b>renewal</b>"))
    with filled.writing(tenants.ours) as session:
        ben = session.scalars(select(User).where(User.email == BEN)).one()
        ben.role = "sales_rep"
        actor = Actor(BEN, tenants.ours, "Ours", ben.id, "sales_rep", "users/Ben", is_certain=True)
        record_press(session, actor, press_on(card, "deal.note", fields={"content": "Call"}))
    return filled


def end(database: Database, tenant_id: int, **values: object) -> None:
    with database.writing(tenant_id) as session:
        mine = CardAction.tenant_id == tenant_id
        session.execute(update(CardAction).where(mine).values(finished_at=now(), **values))


def text_of(browser: Browser, path: str = "/setup") -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", browser.get(path).text)))


def test_the_page_says_what_waits_and_goes_on_with_one_button(
    browser: Browser, waiting: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(BEN, tenant_id=tenants.ours)
    page = browser.get("/setup?as=me").text
    assert WAITS in unescape(page)
    assert "<b>renewal" not in page
    assert page.count(">Connect as myself</a>") == 1
    assert 'href="/api/v1/oauth/pipedrive?as=me">Connect as myself' in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "done"}, "is saved in Pipedrive."),
        ({"state": "overtaken"}, "was not saved: somebody was faster."),
        ({"state": "failed", "problem": "The deal was deleted."}, "was not saved: The deal was deleted."),
    ],
)
def test_afterwards_it_says_what_became_of_it(
    browser: Browser, waiting: Database, tenants: TwoTenants, values: dict[str, str], words: str
) -> None:
    end(waiting, tenants.ours, **values)
    browser.sign_in(BEN, tenant_id=tenants.ours)
    text = text_of(browser, "/setup?said=acts")
    assert f"Your note on Acme <b>renewal</b> {words}" in unescape(browser.get("/setup").text)
    assert "Connect as myself" not in text


def test_what_changes_shows_by_itself(browser: Browser, waiting: Database, tenants: TwoTenants) -> None:
    browser.sign_in(BEN, tenant_id=tenants.ours)
    before = browser.get("/setup/state").get_json()["version"]
    end(waiting, tenants.ours, state="done")
    assert browser.get("/setup/state").get_json()["version"] != before


def test_others_see_nothing_of_it(browser: Browser, waiting: Database, tenants: TwoTenants) -> None:
    browser.sign_in(ADA, tenant_id=tenants.ours)
    assert "renewal" not in browser.get("/setup").text
    assert "renewal" not in Browser(browser.app).get("/setup?as=me").text


def test_who_comes_to_connect_and_pressed_nothing_has_the_button_too(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(BEN, tenant_id=tenants.ours)
    assert browser.get("/setup?as=me").text.count(">Connect as myself</a>") == 1
    assert "Connect as myself" not in browser.get("/setup").text
