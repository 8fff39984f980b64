"""Forged forms are refused: the matrix of tokens, origins and browser headers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.tables import Tenant, User
from tests.web.browser import BASE, SESSION, Browser, app_of
from web.security.sessions import Sessions


@pytest.fixture
def database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Of one kind: what is promised here is for the web part to keep."""
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    made = Database(f"sqlite:///{file}")
    yield made
    made.close()


@pytest.fixture
def browser(database: Database, tmp_path: Path) -> Iterator[Browser]:
    with app_of(database, tmp_path, f"sqlite:///{tmp_path / 'pipenotify.db'}") as app:
        yield Browser(app)


@pytest.fixture(params=["signed in", "nobody yet"])
def user(browser: Browser, request: pytest.FixtureRequest) -> Browser:
    if request.param == "signed in":
        browser.sign_in()
    return browser


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": BASE, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": BASE}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": BASE, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://pipenotify.example.com.evil.example"}, False),
        ({"Origin": "https://pipenotify.example.com:8443"}, False),
        ({"Origin": "https://user@pipenotify.example.com"}, False),
        ({"Origin": "https://["}, False),
        ({"Origin": ""}, False),
    ],
)
def test_a_form_with_its_token_passes_from_our_own_pages_alone(
    user: Browser, headers: dict[str, str], *, passes: bool
) -> None:
    form = {"csrf": user.token()}

    said = user.client.post("/do", data=form, base_url=BASE, headers=headers)

    assert said.status_code == (200 if passes else 403)


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ünïcode", "\x00", "x" * 10_000])
def test_nothing_passes_without_the_right_token(user: Browser, token: str | None) -> None:
    user.get("/form")

    said = user.post("/do", {} if token is None else {"csrf": token})

    assert said.status_code == 403
    assert "This page has grown old" in said.text


def test_the_token_may_come_in_a_header(user: Browser) -> None:
    headers = {"X-CSRF-Token": user.token()}

    assert user.client.post("/do", base_url=BASE, headers=headers).text == "done"
    assert user.client.delete("/do", base_url=BASE, headers=headers).status_code == 405


def test_a_token_is_worth_nothing_in_another_browser(user: Browser) -> None:
    other = Browser(user.app)
    other.get("/form")

    assert other.post("/do", {"csrf": user.token()}).status_code == 403


def test_a_token_is_worth_nothing_after_signing_out_or_in_anew(browser: Browser) -> None:
    browser.sign_in()
    token = browser.token()
    browser.sign_in()
    assert browser.post("/do", {"csrf": token}).status_code == 403

    token = browser.token()
    browser.post("/test/sign-out", {"csrf": token})
    assert browser.post("/do", {"csrf": token}).status_code == 403


def test_a_page_drawn_for_an_ended_session_can_still_be_sent(browser: Browser) -> None:
    """What it may do is for its own guard to say; the form is ours all the same."""
    browser.client.set_cookie(SESSION, "ended long ago", domain="pipenotify.example.com")

    assert browser.post("/do", {"csrf": browser.token()}).status_code == 200


def test_a_page_left_open_on_one_team_does_nothing_to_another(browser: Browser, database: Database) -> None:
    with database.writing_all() as session:
        teams = [Tenant(name="Acme"), Tenant(name="Umbrella")]
        session.add_all(teams)
        session.flush()
        session.add_all(User(tenant_id=each.id, email="ada@example.com", role="admin") for each in teams)
    browser.sign_in()
    left_open = browser.token()
    with browser.app.test_request_context("/"):
        browser.sessions.switch_tenant(browser.person()["session_id"], teams[1].id)

    assert browser.post("/do", {"csrf": left_open}).status_code == 403
    assert browser.post("/do", {"csrf": browser.token()}).status_code == 200


def test_a_page_can_be_drawn_while_the_database_is_away(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in()

    def away(_sessions: Sessions) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Sessions, "current", away)

    assert browser.get("/form").status_code == 200


def test_reading_needs_no_token(browser: Browser) -> None:
    assert browser.get("/form", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_browser_gets_a_page_and_a_script_gets_json(browser: Browser) -> None:
    page = browser.post("/do", {})
    envelope = browser.client.post("/do", base_url=BASE)

    assert page.content_type.startswith("text/html")
    assert envelope.get_json()["code"] == "FORGED"


def test_an_unknown_path_is_no_forgery(browser: Browser) -> None:
    assert browser.post("/nowhere", {}).status_code == 404
