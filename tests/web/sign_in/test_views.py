"""Signing in with Google: who may, which errors others see, and no redirects to other sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from models.database.engine import Database
from models.tables import BrowserSession, OAuthFlow, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.web.browser import SESSION, Browser, app_of, cookies_of
from tests.web.google_browser import (
    ADA,
    BEN,
    CALLBACK,
    agree,
    asked,
    browser_before,
    google_at,
    led,
    sign_in,
)
from web.playground.faults import Fault
from web.playground.google.server import FakeGoogle


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with google_at() as running:
        yield running


@pytest.fixture
def browser(google: FakeGoogle, database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with browser_before(google, database, tmp_path, database_url) as made:
        yield made


def test_ada_signs_in_and_comes_to_her_team(
    browser: Browser, tenants: TwoTenants, database: Database
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))

    there = led(browser.get("/sign-in"))
    assert asked(there)["prompt"] == "select_account"
    back = browser.get(agree(there))

    assert led(back) == "/setup"
    assert SESSION in cookies_of(back)
    person = browser.person()
    assert (person["email"], person["display_name"]) == (ADA, "Ada Lovelace")
    assert (person["tenant_id"], person["role"]) == (tenants.ours, "admin")


def test_people_come_back_to_where_they_were(browser: Browser) -> None:
    page = led(browser.get("/for/people?a=1"))

    assert led(sign_in(browser, page)) == "/for/people?a=1"
    assert browser.get("/for/people?a=1").text == "hello"
    assert led(browser.get("/sign-in?next=/for/people")) == "/for/people", "who is in need not sign in again"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "%2F%2Fevil.example",
        "/x%0d%0aA:b",
        "/%2Fevil",
    ],
)
def test_nobody_is_led_out_of_here(browser: Browser, path: str) -> None:
    assert led(sign_in(browser, f"/sign-in?next={path}")) == "/setup"
    assert led(browser.get(f"/sign-in?next={path}")) == "/setup"


def test_an_address_needs_notice_apart_by_no_case(browser: Browser, google: FakeGoogle) -> None:
    google.sign_in.claims["email"] = "ADA@Example.COM"
    sign_in(browser)

    assert browser.person()["email"] == ADA


def test_an_answer_is_good_once(browser: Browser, database: Database) -> None:
    back = agree(led(browser.get("/sign-in")))
    assert led(browser.get(back)) == "/setup"

    again = browser.get(back)

    assert again.status_code == 400
    assert "used already" in again.text
    assert count(database, BrowserSession) == 1


def test_an_answer_in_another_browser_signs_nobody_in_and_spoils_nothing(browser: Browser) -> None:
    """Login CSRF: an attacker's answer, sent to a victim, must not sign the victim in as the attacker."""
    back = agree(led(browser.get("/sign-in")))
    victim = Browser(browser.app)
    victim.get("/form")

    for each in (victim, Browser(browser.app)):
        said = each.get(back)
        assert said.status_code == 400
        assert "in another browser" in said.text
        assert each.cookie(SESSION) is None
    assert led(browser.get(back)) == "/setup"


def test_two_sign_ins_in_one_browser_do_not_mix(browser: Browser, google: FakeGoogle) -> None:
    first = led(browser.get("/sign-in?next=/first"))
    second = led(browser.get("/sign-in?next=/second"))
    assert len({asked(each)[name] for each in (first, second) for name in ("state", "nonce")}) == 4

    mixed = agree(first).replace(asked(first)["state"], asked(second)["state"])
    said = browser.get(mixed)

    assert said.status_code == 400, "the code was bought with the other's challenge"
    assert browser.cookie(SESSION) is None
    assert google.sign_in.codes == {}
    assert led(browser.get(agree(first))) == "/first"


@pytest.mark.parametrize("query", ["", "?code=x", "?state=", "?state=made-up&code=x", "?error=access_denied"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    browser: Browser, google: FakeGoogle, query: str
) -> None:
    browser.get("/sign-in")
    before = len(google.requests)

    said = browser.get(f"{CALLBACK}{query}")

    assert said.status_code == 400
    assert browser.cookie(SESSION) is None
    assert len(google.requests) == before, "Google is not asked about it"


def test_who_cancels_needs_notice_and_may_try_again(browser: Browser, google: FakeGoogle) -> None:
    google.denies = True

    said = sign_in(browser, "/sign-in?next=/for/people")

    assert said.status_code == 200
    assert "<h1>Not signed in</h1>" in said.text
    assert "without signing in" in said.text
    assert 'href="/sign-in?next=%2Ffor%2Fpeople"' in said.text
    google.denies = False
    assert led(sign_in(browser, "/sign-in?next=%2Ffor%2Fpeople")) == "/for/people"


def test_whoever_takes_too_long_needs_notice(browser: Browser) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        there = led(browser.get("/sign-in"))
        at.shift(601)
        said = browser.get(f"{CALLBACK}?state={asked(there)['state']}&code=x")

    assert said.status_code == 400
    assert "longer than the 10 minutes" in said.text


def _unverified(google: FakeGoogle) -> None:
    google.sign_in.unverified.add(ADA)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (_unverified, 400, "has not verified"),
        (lambda google: setattr(google.sign_in, "skew_s", 600), 400, "clock of this service"),
        (lambda google: setattr(google.sign_in, "skew_s", -600), 400, "clock of this service"),
        (lambda google: setattr(google.sign_in, "stranger", True), 400, "could not be believed"),
        (lambda google: setattr(google.sign_in, "algorithm", "none"), 400, "could not be believed"),
        (lambda google: setattr(google.sign_in, "algorithm", "HS256"), 400, "could not be believed"),
        (lambda google: google.sign_in.claims.update(nonce="x"), 400, "could not be believed"),
        (lambda google: google.faults.order(Fault(where="/token", status=503)), 503, "does not answer"),
        (lambda google: setattr(google.sign_in, "client_secret", "new"), 400, "GOOGLE_CLIENT_SECRET"),
    ],
)
def test_every_trouble_needs_notice_with_the_way_on(
    browser: Browser, google: FakeGoogle, database: Database, change: Any, status: int, words: str
) -> None:
    change(google)

    said = sign_in(browser)

    assert said.status_code == status
    assert words in said.text
    assert 'href="/sign-in?next=%2Fsetup"' in said.text
    assert (browser.cookie(SESSION), count(database, BrowserSession)) == (None, 0)


def test_a_minute_of_difference_hinders_nobody(browser: Browser, google: FakeGoogle) -> None:
    google.sign_in.skew_s = 45

    assert led(sign_in(browser)) == "/setup"


def test_google_away_needs_notice_before_anybody_is_sent_there(browser: Browser, google: FakeGoogle) -> None:
    google.faults.order(Fault(where="openid-configuration", status=503))

    said = browser.get("/sign-in?next=/for/people")

    assert said.status_code == 503
    assert "Google does not answer" in said.text
    assert 'href="/sign-in?next=%2Ffor%2Fpeople"' in said.text


def test_neither_code_nor_token_nor_verifier_is_logged(
    browser: Browser, google: FakeGoogle, database: Database
) -> None:
    back = agree(led(browser.get("/sign-in")))
    google.sign_in.stranger = True
    with capture_logs() as logged:
        browser.get(back)

    assert [each["event"] for each in logged] == ["sign_in.token_refused", "sign_in.refused"]
    assert not [
        value
        for name, value in asked(back).items()
        if name != "prompt" and len(value) > 8 and value in str(logged)
    ]
    assert ADA not in str(logged)
    assert count(database, OAuthFlow) == 0


def test_without_a_client_at_google_the_way_through_chat_is_shown(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with app_of(database, tmp_path, database_url) as app:
        said = Browser(app).get("/sign-in")

    assert said.status_code == 200
    assert "/pipenotify connect" in said.text
    assert count(database, OAuthFlow) == 0


def test_signing_out_is_a_press_of_our_own_button(browser: Browser) -> None:
    sign_in(browser)
    assert browser.post("/sign-out", {}).status_code == 403
    assert browser.person()

    said = browser.post("/sign-out", {"csrf": browser.token()})

    assert led(said) == "/"
    assert browser.person() is None


def test_a_person_of_two_teams_turns_from_one_to_the_other(
    browser: Browser, tenants: TwoTenants, database: Database
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    add(database, User(tenant_id=tenants.theirs, email=ADA, role="viewer"))
    sign_in(browser)
    assert browser.person()["tenant_id"] == tenants.ours

    for tenant_id, role in ((tenants.ours, "admin"), (tenants.theirs, "viewer")):
        said = browser.post(
            "/tenant", {"csrf": browser.token(), "tenant": str(tenant_id), "next": "//evil.example"}
        )
        assert led(said) == "/setup"
        assert (browser.person()["tenant_id"], browser.person()["role"]) == (tenant_id, role)

    sign_in(Browser(browser.app))
    browser.post("/sign-out", {"csrf": browser.token()})
    sign_in(browser)
    assert browser.person()["tenant_id"] == tenants.theirs, "as in the other browser"


@pytest.mark.parametrize("wanted", ["theirs", "999999", "", "x", "-1", "1 OR 1=1"])
def test_nobody_turns_to_a_team_that_is_not_theirs(
    browser: Browser, tenants: TwoTenants, database: Database, wanted: str
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    add(database, User(tenant_id=tenants.theirs, email=BEN, role="admin"))
    sign_in(browser)
    tenant = str(tenants.theirs) if wanted == "theirs" else wanted

    said = browser.post("/tenant", {"csrf": browser.token(), "tenant": tenant})

    assert said.status_code == 403
    assert browser.person()["tenant_id"] == tenants.ours
