"""The link out of Chat: looked at by anything, used by the person it was given to, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from structlog.testing import capture_logs

from models.database.engine import Database
from models.logs import redact
from models.tables import SignedIn, Ticket, User
from models.tables.accounts import PERSONAL
from tests.conftest import TwoTenants
from tests.models.rows import add, count
from tests.web.google_seat import ADA, BEN, agree, asked, google_at, led, seat_before, sign_in, ticket
from tests.web.seat import SESSION, Seat, csrf_of, seated
from web.playground.google.server import FakeGoogle


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with google_at() as running:
        yield running


@pytest.fixture
def seat(google: FakeGoogle, database: Database, database_url: str, tmp_path: Path) -> Iterator[Seat]:
    """A browser where Google signs people in."""
    with seat_before(google, database, tmp_path, database_url) as made:
        yield made


@pytest.fixture
def plain(database: Database, database_url: str, tmp_path: Path) -> Iterator[Seat]:
    """A browser where nobody told us of a Google."""
    with seated(database, tmp_path, database_url) as app:
        yield Seat(app)


def press(seat: Seat, secret: str) -> object:
    page = seat.get(f"/connect/{secret}")
    return seat.post(f"/connect/{secret}", {"csrf": csrf_of(page)})


def test_without_google_the_link_says_who_it_is_and_a_button_signs_them_in(
    plain: Seat, database: Database, tenants: TwoTenants
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


def test_looking_uses_nothing_up(plain: Seat, seat: Seat, database: Database) -> None:
    secret = ticket(database)

    for browser in (plain, seat, Seat(plain.app)):
        assert browser.get(f"/connect/{secret}").status_code == 200
        assert browser.client.head(f"/connect/{secret}", base_url=browser.base).status_code == 200
        assert browser.cookie(SESSION) is None
    assert count(database, Ticket) == 1


def test_a_link_is_good_once(plain: Seat, database: Database) -> None:
    secret = ticket(database)
    press(plain, secret)
    other = Seat(plain.app)
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
    assert count(database, SignedIn) == 1


def test_a_link_runs_out(plain: Seat, database: Database) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        secret = ticket(database)
        at.shift(16 * 60)
        assert plain.get(f"/connect/{secret}").status_code == 410


def test_no_other_site_uses_a_link_up(plain: Seat, database: Database) -> None:
    secret = ticket(database)
    page = plain.get(f"/connect/{secret}")

    assert plain.post(f"/connect/{secret}", {}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert plain.post(f"/connect/{secret}", {"csrf": csrf_of(page)}, headers=foreign).status_code == 403
    assert (count(database, Ticket), count(database, SignedIn)) == (1, 0)


@pytest.mark.parametrize("secret", ["made-up", "x" * 5_000, "ünïcode", "%00", "a b"])
def test_a_made_up_link_opens_nothing(plain: Seat, seat: Seat, database: Database, secret: str) -> None:
    ticket(database)
    for browser in (plain, seat):
        token = browser.token()
        assert browser.get(f"/connect/{secret}").status_code == 410
        assert browser.post(f"/connect/{secret}", {"csrf": token}).status_code == 410
        assert browser.get(f"/connect/{secret}/google").status_code == 410
    assert count(database, SignedIn) == 0


def test_with_google_the_account_has_to_be_that_of_the_link(
    seat: Seat, google: FakeGoogle, database: Database
) -> None:
    secret = ticket(database)
    page = seat.get(f"/connect/{secret}")
    assert f'href="/connect/{secret}/google"' in page.text
    assert "<form" not in page.text

    there = led(seat.get(f"/connect/{secret}/google"))
    assert asked(there)["login_hint"] == ADA
    assert secret not in there
    said = seat.get(agree(there))

    assert led(said) == "/setup"
    assert (seat.person()["email"], seat.person()["space"]) == (ADA, "spaces/A")
    assert count(database, Ticket) == 0
    assert google.requests


def test_another_account_is_told_and_the_link_stays_good(
    seat: Seat, google: FakeGoogle, database: Database
) -> None:
    secret = ticket(database)
    google.auto = BEN

    said = sign_in(seat, f"/connect/{secret}/google")

    assert said.status_code == 403
    assert "given in Chat to another e-mail address" in said.text
    assert f'href="/connect/{secret}"' in said.text
    assert ADA not in said.text
    assert (seat.cookie(SESSION), count(database, Ticket)) == (None, 1)
    google.auto = ADA
    assert led(sign_in(seat, f"/connect/{secret}/google")) == "/setup"


def test_who_is_signed_in_with_that_account_presses_a_button(seat: Seat, database: Database) -> None:
    sign_in(seat)
    before = seat.cookie(SESSION)

    press(seat, ticket(database))

    assert seat.cookie(SESSION) != before
    assert seat.person()["space"] == "spaces/A"
    assert count(database, SignedIn) == 1


def test_who_is_signed_in_with_another_account_does_not(
    seat: Seat, google: FakeGoogle, database: Database
) -> None:
    google.auto = BEN
    sign_in(seat)
    secret = ticket(database)

    page = seat.get(f"/connect/{secret}")
    assert f"you are signed in as {BEN}" in page.text
    assert "<form" not in page.text
    said = seat.post(f"/connect/{secret}", {"csrf": seat.token()})

    assert said.status_code == 403
    assert count(database, Ticket) == 1
    assert seat.person()["space"] is None


def test_with_google_the_link_alone_signs_nobody_in(seat: Seat, database: Database) -> None:
    secret = ticket(database)

    assert seat.post(f"/connect/{secret}", {"csrf": seat.token()}).status_code == 403
    assert (count(database, SignedIn), count(database, Ticket)) == (0, 1)


def test_a_link_used_by_somebody_meanwhile_signs_nobody_else_in(seat: Seat, database: Database) -> None:
    secret = ticket(database)
    back = agree(led(seat.get(f"/connect/{secret}/google")))
    sign_in(Seat(seat.app), f"/connect/{secret}/google")

    said = seat.get(back)

    assert said.status_code == 410
    assert count(database, SignedIn) == 1


def test_a_link_to_connect_as_oneself_leads_there(plain: Seat, database: Database) -> None:
    secret = ticket(database, purpose=PERSONAL)
    page = plain.get(f"/connect/{secret}")

    assert led(plain.post(f"/connect/{secret}", {"csrf": csrf_of(page)})) == "/setup?as=me"


def test_a_guest_of_a_space_sees_nothing_of_its_tenant(
    plain: Seat, database: Database, tenants: TwoTenants
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
    with seat_before(google, database, tmp_path, database_url, SIGN_UP="invited", **client) as seat:
        secret = ticket(database)
        if has_google:
            said = sign_in(seat, f"/connect/{secret}/google")
        else:
            said = seat.post(f"/connect/{secret}", {"csrf": seat.token()})

    assert said.status_code == 403
    assert "No team here knows your e-mail address." in said.text
    assert (count(database, SignedIn), count(database, Ticket)) == (0, 1)


def test_no_log_and_no_other_site_learns_a_link(plain: Seat, database: Database) -> None:
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


def test_a_hostile_name_stays_text(plain: Seat, database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, display_name="<script>alert(1)</script>"))

    page = plain.get(f"/connect/{ticket(database)}")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
