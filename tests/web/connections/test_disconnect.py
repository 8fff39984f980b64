"""The connection's status, disconnecting, erasing, and who may report an uninstall."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.clock import now
from models.database.engine import Database
from models.maintenance.erase_tenant import erase_marked
from models.tables import AuditEntry, Connection, Delivery, Tenant
from models.tables.accounts import TenantStatus
from tests.conftest import TwoTenants
from tests.models.consents import company, person
from tests.web.browser import BASE, Browser
from tests.web.consenting import ADA, BEN, CALLBACK, START, Bench, bench

STATUS = "/api/v1/oauth/status"
OUT = "/setup/disconnect"
APP = ("playground-client", "playground-secret")


@pytest.fixture
def deps(database: Database, database_url: str, tmp_path: Path) -> Iterator[Bench]:
    with bench(database, database_url, tmp_path) as made:
        yield made


@pytest.fixture
def connected(deps: Bench, tenants: TwoTenants) -> Bench:
    """Two tenants, each with its company, an admin and a seller."""
    for each, number in zip(tenants, ("12345", "777"), strict=True):
        told: dict[str, Any] = {"state": "connected", "user_id": "1", "refresh_token": "closed"}
        company(deps.database, each, number, company_name=f"Company {number}", **told)
    for email, role in ((ADA, "admin"), (BEN, "sales_rep")):
        person(deps.database, tenants.ours, email, role, chat_name=f"users/{email}")
    person(deps.database, tenants.theirs, "eve@example.com")
    return deps


def status_of(browser: Browser) -> dict[str, Any]:
    answer = browser.client.get(STATUS, base_url=BASE)
    assert answer.status_code == 200
    said: dict[str, Any] = answer.get_json()
    return said


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def uninstall(deps: Bench, authorization: str | None = None, **said: Any) -> TestResponse:
    body = {"client_id": "playground-client", "company_id": 12345, "user_id": 1} | said
    headers = {"Authorization": basic(*APP) if authorization is None else authorization}
    return deps.browser().client.delete(CALLBACK, json=body, headers=headers, base_url=BASE)


def test_nobody_needs_notice_nothing(deps: Bench) -> None:
    assert deps.browser().client.get(STATUS, base_url=BASE).status_code == 401


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"state": "connected", "refresh_token": "closed"}, "connected"),
        ({"state": "connected", "refresh_token": "closed", "refreshed_at": now()}, "connected"),
        ({"state": "connected", "refresh_token": "c", "refreshed_at": now() - timedelta(days=61)}, "expired"),
        ({"state": "needs_reauth", "problem": "Pipedrive has ended it"}, "expired"),
        ({"state": "leaving"}, "leaving"),
        ({"state": "revoked"}, "revoked"),
        ({"state": "none"}, "none"),
        ({"state": "connected"}, "none"),
    ],
)
def test_the_status_is_truthful(deps: Bench, tenants: TwoTenants, columns: dict[str, Any], word: str) -> None:
    company(deps.database, tenants.ours, company_name="Acme", **columns)
    company(deps.database, tenants.theirs, "777", company_name="Umbrella", state="connected")
    person(deps.database, tenants.ours, BEN, "sales_rep")
    said = status_of(deps.browser(BEN))
    assert said == {"status": word, "company": "Acme", "problem": columns.get("problem", "")}


def test_without_a_team_there_is_no_connection(connected: Bench) -> None:
    assert status_of(connected.browser("new@example.com")) == {
        "status": "none",
        "company": None,
        "problem": "",
    }


def disconnect(browser: Browser, **form: str) -> TestResponse:
    return browser.post(OUT, {"csrf": browser.token()} | form)


def test_an_admin_disconnects_and_keeps_the_data(connected: Bench, tenants: TwoTenants) -> None:
    answer = disconnect(connected.browser(ADA), data="keep")
    assert (answer.status_code, answer.location) == (303, "/setup?said=leaving#said")
    assert connected.connections() == {
        "12345": (tenants.ours, "leaving"),
        "777": (tenants.theirs, "connected"),
    }
    with connected.database.reading_all() as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert {tenant.status for tenant in session.scalars(select(Tenant))} == {"active"}
    assert (entry.tenant_id, entry.actor, entry.action) == (tenants.ours, ADA, "connection.left")


def test_a_script_disconnects_too(connected: Bench, tenants: TwoTenants) -> None:
    browser = connected.browser(ADA)
    answer = browser.client.delete(START, headers={"X-CSRF-Token": browser.token()}, base_url=BASE)
    assert (answer.status_code, answer.get_json()) == (202, {"success": True, "status": "leaving"})
    assert connected.connections()["12345"] == (tenants.ours, "leaving")


def test_where_nothing_is_left_a_script_hears_so(connected: Bench, tenants: TwoTenants) -> None:
    with connected.database.writing(tenants.ours) as session:
        session.scalars(select(Connection)).one().state = "revoked"
    browser = connected.browser(ADA)
    answer = browser.client.delete(START, headers={"X-CSRF-Token": browser.token()}, base_url=BASE)
    assert (answer.status_code, answer.get_json()) == (200, {"success": True, "status": "none"})
    with connected.database.reading_all() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_team_that_was_disconnected_is_still_erased(connected: Bench, tenants: TwoTenants) -> None:
    with connected.database.writing(tenants.ours) as session:
        session.scalars(select(Connection)).one().state = "revoked"
    browser = connected.browser(ADA)
    assert "Erase this team" in browser.get("/setup").text
    assert disconnect(browser, data="erase", team="Acme").status_code == 303
    assert erase_marked(connected.database) == [tenants.ours]


def test_erasing_begins_with_leaving_pipedrive(connected: Bench, tenants: TwoTenants) -> None:
    answer = disconnect(connected.browser(ADA), data="erase", team=" Acme ")
    assert (answer.status_code, answer.location) == (303, "/setup?said=erasing#said")
    assert connected.connections() == {
        "12345": (tenants.ours, "leaving"),
        "777": (tenants.theirs, "connected"),
    }
    with connected.database.reading_all() as session:
        marked = session.scalars(select(Tenant.id).where(Tenant.status == TenantStatus.ERASING)).all()
    assert marked == [tenants.ours]


def test_nothing_is_erased_unless_the_teams_name_was_typed(connected: Bench) -> None:
    browser = connected.browser(ADA)
    for typed in ("", "acme", "Umbrella", "Acme Umbrella"):
        answer = disconnect(browser, data="erase", team=typed)
        assert (typed, answer.status_code) == (typed, 303)
        assert answer.headers["Location"].endswith("/setup?said=mistyped#said")
    assert {state for _, state in connected.connections().values()} == {"connected"}


@pytest.mark.parametrize("data", ["keep", "erase"])
@pytest.mark.parametrize("who", [BEN, "new@example.com", "eve@example.com"])
def test_only_an_admin_of_the_team_ends_its_connection(
    connected: Bench, tenants: TwoTenants, who: str, data: str
) -> None:
    browser = connected.browser(who)
    disconnect(browser, data=data, team="Acme")
    browser.client.delete(START, headers={"X-CSRF-Token": browser.token()}, base_url=BASE)
    assert connected.connections()["12345"] == (tenants.ours, "connected")


def test_another_site_ends_nothing(connected: Bench) -> None:
    browser = connected.browser(ADA)
    assert browser.post(OUT, {"data": "keep"}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.post(OUT, {"data": "keep", "csrf": browser.token()}, headers=foreign).status_code == 403
    assert browser.client.delete(START, base_url=BASE).status_code == 403
    assert {state for _, state in connected.connections().values()} == {"connected"}


def test_pipedrives_own_word_ends_the_connection(connected: Bench, tenants: TwoTenants) -> None:
    answer = uninstall(connected)
    assert (answer.status_code, answer.get_json()) == (200, {"success": True})
    assert connected.connections() == {
        "12345": (tenants.ours, "revoked"),
        "777": (tenants.theirs, "connected"),
    }
    with connected.database.reading_all() as session:
        told = session.scalars(select(Delivery.destination_name)).all()
    assert told == [ADA]
    assert uninstall(connected).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"company_id": "12345", "user_id": "1"},
        {"company_id": 12345, "user_id": 1, "timestamp": "x", "more": [1]},
    ],
)
def test_numbers_may_come_as_text(connected: Bench, said: dict[str, Any]) -> None:
    assert uninstall(connected, **said).status_code == 200
    assert connected.connections()["12345"][1] == "revoked"


FITS_NOBODY: list[dict[str, Any]] = [
    {"company_id": 99},
    {"user_id": 2},
    {"company_id": None},
    {"company_id": True},
    {"company_id": [12345]},
    {"company_id": "1" * 500},
    {"company_id": "12345\0"},
    {"company_id": "half \ud83d"},
    {"company_id": -12345},
    {"user_id": {"id": 1}},
]


def test_what_fits_nobody_changes_nothing_and_is_fine(connected: Bench) -> None:
    assert {uninstall(connected, **said).status_code for said in FITS_NOBODY} == {200}
    assert {state for _, state in connected.connections().values()} == {"connected"}


def test_a_word_that_cannot_be_read_is_fine_too(connected: Bench) -> None:
    headers, client = {"Authorization": basic(*APP)}, connected.browser().client
    for body in (b"", b"[]", b"not json", b'"x"', b"\xff", b"[" * 100_000, b"[" * 5_000):
        answer = client.delete(CALLBACK, data=body, headers=headers, base_url=BASE)
        assert (body, answer.status_code) == (body, 200)
    assert {state for _, state in connected.connections().values()} == {"connected"}


STRANGERS = [
    "",
    "Basic",
    "Basic !!!",
    "Basic ünïcode",
    basic("playground-client", "wrong"),
    basic("wrong", "playground-secret"),
    basic("playground-client", "playground-secret "),
    basic("", ""),
    basic("None", "None"),
    basic("playground-client", "pässwörd"),
    basic(*APP).replace("Basic", "Bearer"),
]


def test_a_strangers_word_is_not_taken(connected: Bench) -> None:
    for authorization in STRANGERS:
        answer = uninstall(connected, authorization.encode().decode("latin-1"))
        assert (authorization, answer.status_code) == (authorization, 401)
    assert {state for _, state in connected.connections().values()} == {"connected"}


def test_without_an_app_of_ours_nobody_is_pipedrive(
    database: Database, database_url: str, tmp_path: Path, tenants: TwoTenants
) -> None:
    company(database, tenants.ours, state="connected", user_id="1")
    no_app = {"PIPEDRIVE_CLIENT_ID": "", "PIPEDRIVE_CLIENT_SECRET": ""}
    with bench(database, database_url, tmp_path, **no_app) as deps:
        for given in (basic("None", "None"), basic("", "")):
            assert uninstall(deps, given).status_code == 401
    assert deps.connections()["12345"][1] == "connected"
