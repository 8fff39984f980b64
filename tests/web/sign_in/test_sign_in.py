"""Who may sign in, and where they are redirected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.accounts.sessions import LIFE
from models.database.engine import Database
from models.tables import BrowserSession, OAuthFlow, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.web.browser import BASE, Browser
from tests.web.google_browser import (
    ADA,
    BEN,
    agree,
    asked,
    browser_before,
    google_at,
    led,
    sign_in,
    ticket,
)
from web.playground.google.server import FakeGoogle
from web.sign_in.sign_in import MOST_BEGUN


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with google_at() as running:
        yield running


@pytest.fixture
def browser(google: FakeGoogle, database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with browser_before(google, database, tmp_path, database_url) as made:
        yield made


def test_what_goes_to_google_is_kept_as_hashes_and_closed(browser: Browser, database: Database) -> None:
    there = asked(led(browser.get("/sign-in?next=/for/people")))

    with database.reading_all() as session:
        flow = session.scalars(select(OAuthFlow)).one()
    assert (flow.purpose, flow.return_to, flow.nonce) == ("sign_in", "/for/people", there["nonce"])
    assert there["state"] not in {flow.state_hash, flow.secret, flow.nonce}
    assert there["code_challenge"] not in flow.secret


def test_a_session_lasts_from_its_own_sign_in(browser: Browser, database: Database) -> None:
    sign_in(browser)

    with database.reading_all() as session:
        row = session.scalars(select(BrowserSession)).one()
    assert row.expires_at - row.created_at <= LIFE
    assert (row.email, row.display_name) == (ADA, "Ada Lovelace")


def test_an_answer_is_used_up_even_when_it_says_no(browser: Browser, google: FakeGoogle) -> None:
    google.denies = True
    back = agree(led(browser.get("/sign-in")))
    assert "without signing in" in browser.get(back).text

    assert "used already" in browser.get(back).text


@pytest.mark.parametrize(
    ("email", "gets_in"), [(ADA, True), (BEN, True), ("eve@example.com", False), ("EVE@example.com", False)]
)
def test_where_people_are_invited_nobody_else_gets_in(
    google: FakeGoogle,
    database: Database,
    database_url: str,
    tmp_path: Path,
    tenants: TwoTenants,
    email: str,
    *,
    gets_in: bool,
) -> None:
    add(database, User(tenant_id=tenants.theirs, email=ADA, role="viewer"))
    variables = {"SIGN_UP": "invited", "BOOTSTRAP_ADMIN": "Ben@Example.com"}
    google.sign_in.claims["email"] = email
    with browser_before(google, database, tmp_path, database_url, **variables) as browser:
        said = sign_in(browser)

    assert said.status_code == (303 if gets_in else 403)
    assert ("No team here knows your e-mail address." in said.text) is not gets_in
    assert count(database, BrowserSession) == int(gets_in)


def test_another_name_of_ours_leads_to_the_one_google_knows_once(browser: Browser) -> None:
    here = {"base_url": "http://localhost:8080", "headers": {"Accept": "text/html"}}

    said = browser.client.get("/sign-in?next=/for/people", **here)
    assert led(said) == f"{BASE}/sign-in?next=%2Ffor%2Fpeople&moved=1"

    behind_a_proxy = browser.client.get("/sign-in?next=/for/people&moved=1", **here)
    assert "/o/oauth2/v2/auth?" in led(behind_a_proxy)


def test_strangers_of_one_address_begin_only_so_many_sign_ins(browser: Browser, database: Database) -> None:
    afar = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    said = {browser.get("/sign-in", **afar).status_code for _ in range(MOST_BEGUN)}
    assert said == {303}
    link = f"/connect/{ticket(database)}/google"
    for path in ("/sign-in", link):
        refused = browser.get(path, **afar)
        assert refused.status_code == 429
        assert "Too many people of your network" in refused.text

    assert count(database, OAuthFlow) == MOST_BEGUN
    assert browser.get(link, environ_base={"REMOTE_ADDR": "203.0.113.10"}).status_code == 303
