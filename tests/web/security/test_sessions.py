"""A browser has two secrets in secure cookies; a sign-in starts a new session, which ends in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.sessions import IDLE, LIFE
from models.database.engine import Database
from models.security.secrets import digest_of
from models.tables import BrowserSession, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.web.browser import BROWSER_COOKIE, SESSION, Browser, app_of, cookies_of

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def browser(database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with app_of(database, tmp_path, database_url) as app:
        yield Browser(app)


def test_cookies_are_of_this_host_alone_and_closed_to_scripts(browser: Browser) -> None:
    signed = cookies_of(browser.sign_in())[SESSION]
    drawn = cookies_of(Browser(browser.app).get("/form"))[BROWSER_COOKIE]

    for cookie, life in ((signed, LIFE), (drawn, timedelta(hours=1))):
        flags = {each.strip() for each in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
        assert f"Max-Age={int(life.total_seconds())}" in flags
        assert not any(each.startswith("Domain") for each in flags)


def test_without_https_the_cookies_have_plain_names(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    base = "http://127.0.0.1:8080"
    with app_of(database, tmp_path, database_url, BASE_URL=base) as app:
        cookie = cookies_of(Browser(app, base).sign_in())["session"]

    assert "HttpOnly" in cookie
    assert "Secure" not in cookie


def test_the_record_keeps_no_secret(browser: Browser, database: Database) -> None:
    browser.sign_in()
    with database.reading_all() as session:
        row = session.scalars(select(BrowserSession)).one()

    assert row.token_hash == digest_of(browser.cookie(SESSION) or "")
    assert row.agent.startswith("Werkzeug")


def test_who_is_signed_in_needs_notice_with_where_they_came_from(
    browser: Browser, tenants: TwoTenants
) -> None:
    add(browser.sessions._database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    assert browser.person() is None

    browser.sign_in(ADA, space="spaces/A", space_title="Deals", tenant_id=tenants.ours)

    person = browser.person()
    assert (person["email"], person["tenant_id"], person["role"]) == (ADA, tenants.ours, "admin")
    assert (person["space"], person["space_title"]) == ("spaces/A", "Deals")


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(browser: Browser, database: Database) -> None:
    browser.sign_in(ADA)
    old = browser.cookie(SESSION)
    browser.sign_in(BEN)

    assert browser.cookie(SESSION) != old
    assert browser.person()["email"] == BEN
    thief = Browser(browser.app)
    thief.client.set_cookie(SESSION, old or "", domain="pipenotify.example.com")
    assert thief.person() is None
    assert count(database, BrowserSession) == 1


def test_a_session_brought_along_is_not_taken_over(browser: Browser) -> None:
    browser.client.set_cookie(SESSION, "planted", domain="pipenotify.example.com")
    browser.sign_in()

    assert browser.cookie(SESSION) != "planted"


def test_signing_out_ends_it_here_and_in_the_record(browser: Browser, database: Database) -> None:
    browser.sign_in()
    other = Browser(browser.app)
    other.sign_in()
    kept = browser.cookie(SESSION)

    said = browser.post("/test/sign-out", {"csrf": browser.token()})

    assert said.status_code == 200
    assert "Max-Age=0" in cookies_of(said)[SESSION]
    assert browser.cookie(SESSION) is None
    assert not browser.person()
    browser.client.set_cookie(SESSION, kept or "", domain="pipenotify.example.com")
    assert browser.person() is None
    assert other.person()["email"] == ADA
    assert count(database, BrowserSession) == 1


def test_whoever_keeps_coming_stays_for_thirty_days_and_not_a_second_longer(browser: Browser) -> None:
    step = timedelta(hours=11)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        browser.sign_in()
        secret = browser.cookie(SESSION) or ""
        passed = timedelta()
        while passed + step < LIFE:
            at.shift(step)
            passed += step
            assert browser.person(), passed
        at.shift(LIFE - passed + timedelta(seconds=1))
        browser.client.set_cookie(SESSION, secret, domain="pipenotify.example.com")
        assert browser.person() is None


def test_whoever_stays_away_half_a_day_is_out(browser: Browser) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        browser.sign_in()
        at.shift(IDLE)
        assert browser.person() is None


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/setup/state", {}), ("/setup", {"X-By-Itself": "1"})],
    ids=["state", "page"],
)
def test_a_page_left_open_keeps_nobody_signed_in(
    path: str, headers: dict[str, str], browser: Browser
) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        browser.sign_in()
        for _ in range(11):
            at.shift(timedelta(hours=1))
            assert browser.get(path, headers=headers).status_code == 200
        at.shift(timedelta(hours=1))
        assert browser.person() is None
    script = browser.get("/static/setup.js")
    assert "X-By-Itself" in script.text
    script.close()


def test_a_page_without_forms_sets_no_cookie(browser: Browser) -> None:
    assert cookies_of(browser.get("/privacy")) == {}


def test_a_browser_keeps_its_secret_from_page_to_page_and_through_a_sign_in(browser: Browser) -> None:
    browser.get("/form")
    secret = browser.cookie(BROWSER_COOKIE)
    assert cookies_of(browser.get("/form")) == {}
    browser.sign_in()

    said = browser.client.post("/test/browser", base_url=browser.base)

    assert said.text == secret == browser.cookie(BROWSER_COOKIE)
    assert BROWSER_COOKIE in cookies_of(said), "its hour begins anew"
    assert browser.client.post("/test/browser", base_url=browser.base).text == secret


def test_a_new_browser_gets_its_secret_once(browser: Browser) -> None:
    said = browser.client.post("/test/browser", base_url=browser.base)

    assert len(said.headers.getlist("Set-Cookie")) == 1
    assert said.text == browser.cookie(BROWSER_COOKIE)
    with browser.app.test_request_context("/", headers={"Cookie": f"{BROWSER_COOKIE}={said.text}"}):
        assert browser.sessions.browser_hash() == digest_of(said.text)
    with browser.app.test_request_context("/"):
        assert browser.sessions.browser_hash() is None


def test_a_session_turns_to_another_tenant(browser: Browser, tenants: TwoTenants, database: Database) -> None:
    for tenant_id in tenants:
        add(database, User(tenant_id=tenant_id, email=ADA, role="viewer"))
    browser.sign_in()
    person = browser.person()
    assert person["tenant_id"] == tenants.ours

    with browser.app.test_request_context("/"):
        browser.sessions.switch_tenant(person["session_id"], tenants.theirs)

    assert browser.person()["tenant_id"] == tenants.theirs


@pytest.mark.parametrize("given", ["x" * 129, "x" * 3000, "a.b", "\u00e9", "a b"])
def test_a_cookie_that_cannot_be_ours_is_neither_looked_up_nor_sent_back(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr("web.security.sessions.sessions.find", Mock(side_effect=AssertionError))
    for name in (SESSION, BROWSER_COOKIE):
        browser.client.set_cookie(name, given, domain="pipenotify.example.com")

    said = browser.get("/form")

    assert said.status_code == 200
    assert given not in said.text
    assert given not in str(said.headers)
