"""The connect link: opened by anything, used only by its person, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from structlog.testing import capture_logs

from models.card_actions.actions import record_press
from models.database.engine import Database
from models.logs import redact
from models.tables import BrowserSession, ConnectLink, User
from models.tables.accounts import PERSONAL
from tests.conftest import TwoTenants
from tests.models.acting import add_person, deliver, press_on
from tests.models.rows import add, count
from tests.web.browser import SESSION, Browser, app_of, csrf_of
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


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with google_at() as running:
        yield running


@pytest.fixture
def browser(google: FakeGoogle, database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    """A browser where Google signs people in."""
    with browser_before(google, database, tmp_path, database_url) as made:
        yield made


@pytest.fixture
def plain(database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    """A browser of an installation without a client at Google."""
    with app_of(database, tmp_path, database_url) as app:
        yield Browser(app)


def press(browser: Browser, secret: str) -> object:
    page = browser.get(f"/connect/{secret}")
    return browser.post(f"/connect/{secret}", {"csrf": csrf_of(page)})


def test_without_google_the_link_says_who_it_is_and_a_button_signs_them_in(
    plain: Browser, database: Database, tenants: TwoTenants
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin", display_name="Ada Lovelace"))
    secret = ticket(database, tenant_id=tenants.ours)

    page = plain.get(f"/connect/{secret}")
    assert "Ada Lovelace" in page.text
    assert ADA in page.text
    assert "Deals &lt;b&gt;" in page.text
    assert "/static/once.js" in page.text  # the link is used up by the first press
    said = plain.post(f"/connect/{secret}", {"csrf": csrf_of(page)})

    assert led(said) == "/setup"
    person = plain.person()
    assert (person["email"], person["display_name"], person["role"]) == (ADA, "Ada Lovelace", "admin")
    assert (person["space"], person["space_title"]) == ("spaces/A", "Deals <b>")
    assert person["tenant_id"] == tenants.ours


def test_looking_uses_nothing_up(plain: Browser, browser: Browser, database: Database) -> None:
    secret = ticket(database)

    for each in (plain, browser, Browser(plain.app)):
        assert each.get(f"/connect/{secret}").status_code == 200
        assert each.client.head(f"/connect/{secret}", base_url=each.base).status_code == 200
        assert each.cookie(SESSION) is None
    assert count(database, ConnectLink) == 1


def test_a_link_is_good_once(plain: Browser, database: Database) -> None:
    secret = ticket(database)
    press(plain, secret)
    other = Browser(plain.app)
    token = other.token()

    for said in (
        other.get(f"/connect/{secret}"),
        other.post(f"/connect/{secret}", {"csrf": token}),
        plain.get(f"/connect/{secret}"),
    ):
        assert said.status_code == 410
        assert "<h1>This link is over</h1>" in said.text
        assert "used already or is too old" in said.text
        assert "/pipenotify connect" in said.text
        assert secret not in said.text
    assert count(database, BrowserSession) == 1


def test_a_link_runs_out(plain: Browser, database: Database) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        secret = ticket(database)
        at.shift(16 * 60)
        assert plain.get(f"/connect/{secret}").status_code == 410


def test_no_other_site_uses_a_link_up(plain: Browser, database: Database) -> None:
    secret = ticket(database)
    page = plain.get(f"/connect/{secret}")

    assert plain.post(f"/connect/{secret}", {}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert plain.post(f"/connect/{secret}", {"csrf": csrf_of(page)}, headers=foreign).status_code == 403
    assert (count(database, ConnectLink), count(database, BrowserSession)) == (1, 0)


@pytest.mark.parametrize("secret", ["made-up", "x" * 5_000, "ünïcode", "%00", "a b"])
def test_a_made_up_link_opens_nothing(
    plain: Browser, browser: Browser, database: Database, secret: str
) -> None:
    ticket(database)
    for each in (plain, browser):
        token = each.token()
        assert each.get(f"/connect/{secret}").status_code == 410
        assert each.post(f"/connect/{secret}", {"csrf": token}).status_code == 410
        assert each.get(f"/connect/{secret}/google").status_code == 410
    assert count(database, BrowserSession) == 0


def test_with_google_the_account_has_to_be_that_of_the_link(
    browser: Browser, google: FakeGoogle, database: Database
) -> None:
    secret = ticket(database)
    page = browser.get(f"/connect/{secret}")
    assert f'href="/connect/{secret}/google"' in page.text
    assert "<form" not in page.text

    there = led(browser.get(f"/connect/{secret}/google"))
    assert asked(there)["login_hint"] == ADA
    assert secret not in there
    said = browser.get(agree(there))

    assert led(said) == "/setup"
    assert (browser.person()["email"], browser.person()["space"]) == (ADA, "spaces/A")
    assert count(database, ConnectLink) == 0
    assert google.requests


def test_another_account_needs_notice_and_the_link_stays_good(
    browser: Browser, google: FakeGoogle, database: Database
) -> None:
    secret = ticket(database)
    google.auto = BEN

    said = sign_in(browser, f"/connect/{secret}/google")

    assert said.status_code == 403
    assert "given in Chat to another e-mail address" in said.text
    assert f'href="/connect/{secret}"' in said.text
    assert ADA not in said.text
    assert (browser.cookie(SESSION), count(database, ConnectLink)) == (None, 1)
    google.auto = ADA
    assert led(sign_in(browser, f"/connect/{secret}/google")) == "/setup"


def test_who_is_signed_in_with_that_account_presses_a_button(browser: Browser, database: Database) -> None:
    sign_in(browser)
    before = browser.cookie(SESSION)

    press(browser, ticket(database))

    assert browser.cookie(SESSION) != before
    assert browser.person()["space"] == "spaces/A"
    assert count(database, BrowserSession) == 1


def test_who_is_signed_in_with_another_account_does_not(
    browser: Browser, google: FakeGoogle, database: Database
) -> None:
    google.auto = BEN
    sign_in(browser)
    secret = ticket(database)

    page = browser.get(f"/connect/{secret}")
    assert f"you are signed in as {BEN}" in page.text
    assert "<form" not in page.text
    said = browser.post(f"/connect/{secret}", {"csrf": browser.token()})

    assert said.status_code == 403
    assert count(database, ConnectLink) == 1
    assert browser.person()["space"] is None


def test_with_google_the_link_alone_signs_nobody_in(browser: Browser, database: Database) -> None:
    secret = ticket(database)

    assert browser.post(f"/connect/{secret}", {"csrf": browser.token()}).status_code == 403
    assert (count(database, BrowserSession), count(database, ConnectLink)) == (0, 1)


def test_a_link_used_by_somebody_meanwhile_signs_nobody_else_in(browser: Browser, database: Database) -> None:
    secret = ticket(database)
    back = agree(led(browser.get(f"/connect/{secret}/google")))
    sign_in(Browser(browser.app), f"/connect/{secret}/google")

    said = browser.get(back)

    assert said.status_code == 410
    assert count(database, BrowserSession) == 1


def test_a_link_to_connect_as_oneself_leads_there(plain: Browser, database: Database) -> None:
    secret = ticket(database, purpose=PERSONAL)
    page = plain.get(f"/connect/{secret}")

    assert led(plain.post(f"/connect/{secret}", {"csrf": csrf_of(page)})) == "/setup?as=me"


def test_a_link_to_connect_says_what_waits_to_whoever_it_proves(
    plain: Browser, browser: Browser, database: Database, tenants: TwoTenants
) -> None:
    """Where Google signs people in, the link alone does not prove who looks."""
    ada, card = add_person(database, tenants.ours, "Ada", number=None), deliver(database, tenants.ours)
    with database.writing_all() as session:
        record_press(session, ada, press_on(card, "deal.note", fields={}))
    secret = ticket(database, ada.name, purpose=PERSONAL, tenant_id=tenants.ours)

    waits = "Your note on Globex renewal will be saved as soon as you are connected."
    assert waits in plain.get(f"/connect/{secret}").text
    assert "Globex" not in browser.get(f"/connect/{secret}").text


def test_a_guest_of_a_space_sees_nothing_of_its_tenant(
    plain: Browser, database: Database, tenants: TwoTenants
) -> None:
    press(plain, ticket(database, BEN, tenant_id=tenants.ours))

    person = plain.person()
    assert (person["tenant_id"], person["role"], person["space"]) == (None, None, "spaces/A")
    assert plain.get("/for/admins").status_code == 403


@pytest.mark.parametrize("has_google", [True, False])
def test_where_people_are_invited_a_link_lets_nobody_else_in(
    google: FakeGoogle, database: Database, database_url: str, tmp_path: Path, *, has_google: bool
) -> None:
    client = {"GOOGLE_CLIENT_ID": ""} if not has_google else {}
    with browser_before(google, database, tmp_path, database_url, SIGN_UP="invited", **client) as browser:
        secret = ticket(database)
        if has_google:
            said = sign_in(browser, f"/connect/{secret}/google")
        else:
            said = browser.post(f"/connect/{secret}", {"csrf": browser.token()})

    assert said.status_code == 403
    assert "No team here knows your e-mail address." in said.text
    assert (count(database, BrowserSession), count(database, ConnectLink)) == (0, 1)


def test_no_log_and_no_other_site_learns_a_link(plain: Browser, database: Database) -> None:
    secret = ticket(database)
    with capture_logs() as logged:
        page = plain.get(f"/connect/{secret}")
        press(plain, secret)
        plain.get(f"/connect/{secret}")

    assert secret not in str(logged)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    slow = redact(None, "", {"event": "slow_request", "path": f"/connect/{secret}/google"})
    assert slow["path"] == "/connect/[redacted]/google"


def test_a_hostile_name_stays_text(plain: Browser, database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, display_name="<script>alert(1)</script>"))

    page = plain.get(f"/connect/{ticket(database)}")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
