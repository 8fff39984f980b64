"""Roles on the setup page: shown to admins and managers, changed by admins, and never without an admin."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.tables import Connection, User
from tests.chat import audit_of
from tests.conftest import TwoTenants
from tests.web.browser import Browser, app_of, csrf_of

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Ada is admin of ours and Ben a user."""
    with database.writing_all() as session:
        session.add_all(
            User(tenant_id=tenants.ours, email=email, role=role)
            for email, role in ((ADA, "admin"), (BEN, "viewer"))
        )
        session.add(Connection(tenant_id=tenants.ours, company_id="1", state="connected"))
    return database


@pytest.fixture
def browser(filled: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with app_of(filled, tmp_path, database_url) as app:
        yield Browser(app)


def _ben(database: Database, tenant_id: int) -> User:
    with database.reading(tenant_id) as session:
        return session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == BEN)).one()


def _press(browser: Browser, door: str, **fields: str) -> None:
    said = browser.post(door, {**fields, "csrf": csrf_of(browser.get("/setup"))})
    assert (said.status_code, said.headers["Location"].endswith("#said")) == (303, True)


def test_an_admin_removes_somebody_on_the_page_who_is_signed_out(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(ADA)
    _press(browser, "/setup/remove", user=str(_ben(filled, tenants.ours).id))
    page = browser.get("/setup?said=removed").text
    assert "Removed. Only an invitation brings them back." in page
    assert BEN not in page
    assert audit_of(filled, tenants.ours) == [(ADA, "user.removed", BEN)]


def test_an_admin_gives_roles_and_invites_on_the_page(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    browser.sign_in(ADA)
    ben = str(_ben(filled, tenants.ours).id)

    assert "Role of ben@example.com" in browser.get("/setup").text
    _press(browser, "/setup/role", user=ben, role="manager")
    _press(browser, "/setup/invite", email="zoe@example.com", role="analyst")

    assert _ben(filled, tenants.ours).role == "manager"
    with filled.reading(tenants.ours) as session:
        zoe = session.scalars(select(User).where(User.email == "zoe@example.com")).one()
    assert (zoe.tenant_id, zoe.role) == (tenants.ours, "analyst")
    assert audit_of(filled, tenants.ours) == [(ADA, "user.role", BEN), (ADA, "user.invited", zoe.email)]


def test_the_last_admin_cannot_step_down(browser: Browser, filled: Database, tenants: TwoTenants) -> None:
    browser.sign_in(ADA)
    with filled.reading(tenants.ours) as session:
        ada = session.scalars(select(User.id).where(User.tenant_id == tenants.ours, User.email == ADA)).one()
    fields = {"user": str(ada), "role": "viewer", "csrf": csrf_of(browser.get("/setup"))}

    said = browser.post("/setup/role", fields)
    assert (said.status_code, "Make somebody else an admin first" in said.text) == (400, True)


@pytest.mark.parametrize(
    ("role", "sees"), [("manager", True), ("sales_rep", False), ("analyst", False), ("viewer", False)]
)
def test_people_are_shown_to_admins_and_managers_and_changed_by_admins(
    browser: Browser, filled: Database, tenants: TwoTenants, role: str, *, sees: bool
) -> None:
    with filled.writing(tenants.ours) as session:
        session.execute(update(User).where(User.email == BEN).values(role=role))
    browser.sign_in(BEN)
    page, state = browser.get("/setup").text, browser.get("/setup/state").text

    assert (ADA in page, ADA in state) == (sees, sees)
    assert "/setup/role" not in page
    fields = {"user": "1", "role": "admin", "csrf": csrf_of(browser.get("/setup"))}
    refused = browser.post("/setup/role", fields)
    assert (refused.status_code, ADA in unescape(refused.text)) == (403, True)
    assert _ben(filled, tenants.ours).role == role
