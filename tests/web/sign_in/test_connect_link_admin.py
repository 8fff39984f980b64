"""A link of the command line signs an admin in where Google cannot say who looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.accounts.actor import system
from models.accounts.connect_links import issue_admin_link
from models.database.engine import Database
from models.errors import InvalidRequest
from models.tables import User
from tests.conftest import TwoTenants
from tests.models.rows import add
from tests.web.browser import Browser, app_of, csrf_of
from tests.web.google_browser import ADA, BEN

GOOGLE = {"GOOGLE_CLIENT_ID": "g", "GOOGLE_CLIENT_SECRET": "s"}


def test_it_signs_its_admin_in_without_google_and_once(
    database: Database, tenants: TwoTenants, database_url: str, tmp_path: Path
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    with database.writing(tenants.ours) as session:
        secret = issue_admin_link(session, system(tenants.ours, "test"), ADA)
    with app_of(database, tmp_path, database_url, **GOOGLE) as app:
        browser = Browser(app)

        page = browser.get(f"/connect/{secret}")
        answer = browser.post(f"/connect/{secret}", {"csrf": csrf_of(page)})

        assert "made on the command line" in page.text
        assert answer.headers["Location"] == "/admin"
        assert browser.person()["email"] == ADA
        assert browser.get(f"/connect/{secret}").status_code == 410


def test_who_is_no_admin_of_the_team_gets_none(database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="viewer"))
    add(database, User(tenant_id=tenants.theirs, email=BEN, role="admin"))
    for email in (ADA, BEN):
        with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
            issue_admin_link(session, system(tenants.ours, "test"), email)
