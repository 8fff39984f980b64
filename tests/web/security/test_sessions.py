"""A browser keeps two secrets, well closed; a session starts anew at each sign-in and ends in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.sessions import IDLE, LIFE
from models.database.engine import Database
from models.security.secrets import digest_of
from models.tables import SignedIn, User
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.web.seat import BROWSER_COOKIE, SESSION, Seat, cookies_of, seated

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def seat(database: Database, database_url: str, tmp_path: Path) -> Iterator[Seat]:
    with seated(database, tmp_path, database_url) as app:
        yield Seat(app)


def test_cookies_are_of_this_host_alone_and_closed_to_scripts(seat: Seat) -> None:
    signed = cookies_of(seat.sign_in())[SESSION]
    drawn = cookies_of(Seat(seat.app).get("/form"))[BROWSER_COOKIE]

    for cookie, life in ((signed, LIFE), (drawn, timedelta(hours=1))):
        flags = {each.strip() for each in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
        assert f"Max-Age={int(life.total_seconds())}" in flags
        assert not any(each.startswith("Domain") for each in flags)


def test_without_https_the_cookies_have_plain_names(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    base = "http://127.0.0.1:8080"
    with seated(database, tmp_path, database_url, BASE_URL=base) as app:
        cookie = cookies_of(Seat(app, base).sign_in())["session"]

    assert "HttpOnly" in cookie
    assert "Secure" not in cookie


def test_the_record_keeps_no_secret(seat: Seat, database: Database) -> None:
    seat.sign_in()
    with database.reading_all() as session:
        row = session.scalars(select(SignedIn)).one()

    assert row.token_hash == digest_of(seat.cookie(SESSION) or "")
    assert row.agent.startswith("Werkzeug")


def test_who_is_signed_in_is_told_with_where_they_came_from(seat: Seat, tenants: TwoTenants) -> None:
    add(seat.sessions._database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    assert seat.person() is None

    seat.sign_in(ADA, space="spaces/A", space_title="Deals", tenant_id=tenants.ours)

    person = seat.person()
    assert (person["email"], person["tenant_id"], person["role"]) == (ADA, tenants.ours, "admin")
    assert (person["space"], person["space_title"]) == ("spaces/A", "Deals")


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(seat: Seat, database: Database) -> None:
    seat.sign_in(ADA)
    old = seat.cookie(SESSION)
    seat.sign_in(BEN)

    assert seat.cookie(SESSION) != old
    assert seat.person()["email"] == BEN
    thief = Seat(seat.app)
    thief.client.set_cookie(SESSION, old or "", domain="pipenotify.example.com")
    assert thief.person() is None
    assert count(database, SignedIn) == 1


def test_a_session_brought_along_is_not_taken_over(seat: Seat) -> None:
    seat.client.set_cookie(SESSION, "planted", domain="pipenotify.example.com")
    seat.sign_in()

    assert seat.cookie(SESSION) != "planted"


def test_signing_out_ends_it_here_and_in_the_record(seat: Seat, database: Database) -> None:
    seat.sign_in()
    other = Seat(seat.app)
    other.sign_in()
    kept = seat.cookie(SESSION)

    said = seat.post("/test/sign-out", {"csrf": seat.token()})

    assert said.status_code == 200
    assert "Max-Age=0" in cookies_of(said)[SESSION]
    assert seat.cookie(SESSION) is None
    assert not seat.person()
    seat.client.set_cookie(SESSION, kept or "", domain="pipenotify.example.com")
    assert seat.person() is None
    assert other.person()["email"] == ADA
    assert count(database, SignedIn) == 1


def test_whoever_keeps_coming_stays_for_thirty_days_and_not_a_second_longer(seat: Seat) -> None:
    step = timedelta(hours=11)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        seat.sign_in()
        secret = seat.cookie(SESSION) or ""
        passed = timedelta()
        while passed + step < LIFE:
            at.shift(step)
            passed += step
            assert seat.person(), passed
        at.shift(LIFE - passed + timedelta(seconds=1))
        seat.client.set_cookie(SESSION, secret, domain="pipenotify.example.com")
        assert seat.person() is None


def test_whoever_stays_away_half_a_day_is_out(seat: Seat) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        seat.sign_in()
        at.shift(IDLE)
        assert seat.person() is None


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/setup/state", {}), ("/setup", {"X-By-Itself": "1"})],
    ids=["state", "page"],
)
def test_a_page_left_open_keeps_nobody_signed_in(path: str, headers: dict[str, str], seat: Seat) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        seat.sign_in()
        for _ in range(11):
            at.shift(timedelta(hours=1))
            assert seat.get(path, headers=headers).status_code == 200
        at.shift(timedelta(hours=1))
        assert seat.person() is None
    script = seat.get("/static/setup.js")
    assert "X-By-Itself" in script.text
    script.close()


def test_a_page_without_forms_sets_no_cookie(seat: Seat) -> None:
    assert cookies_of(seat.get("/privacy")) == {}


def test_a_browser_keeps_its_secret_from_page_to_page_and_through_a_sign_in(seat: Seat) -> None:
    seat.get("/form")
    secret = seat.cookie(BROWSER_COOKIE)
    assert cookies_of(seat.get("/form")) == {}
    seat.sign_in()

    said = seat.client.post("/test/browser", base_url=seat.base)

    assert said.text == secret == seat.cookie(BROWSER_COOKIE)
    assert BROWSER_COOKIE in cookies_of(said), "its hour begins anew"
    assert seat.client.post("/test/browser", base_url=seat.base).text == secret


def test_a_new_browser_gets_its_secret_once(seat: Seat) -> None:
    said = seat.client.post("/test/browser", base_url=seat.base)

    assert len(said.headers.getlist("Set-Cookie")) == 1
    assert said.text == seat.cookie(BROWSER_COOKIE)
    with seat.app.test_request_context("/", headers={"Cookie": f"{BROWSER_COOKIE}={said.text}"}):
        assert seat.sessions.browser_hash() == digest_of(said.text)
    with seat.app.test_request_context("/"):
        assert seat.sessions.browser_hash() is None


def test_a_session_turns_to_another_tenant(seat: Seat, tenants: TwoTenants, database: Database) -> None:
    for tenant_id in tenants:
        add(database, User(tenant_id=tenant_id, email=ADA, role="viewer"))
    seat.sign_in()
    person = seat.person()
    assert person["tenant_id"] == tenants.ours

    with seat.app.test_request_context("/"):
        seat.sessions.look_at(person["session_id"], tenants.theirs)

    assert seat.person()["tenant_id"] == tenants.theirs
