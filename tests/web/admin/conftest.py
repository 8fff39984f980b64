"""Two teams with people, places and deliveries, and a browser before their admin pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.accounts.actor import system
from models.database.engine import Database
from models.destinations.linking import link_space
from models.security.audit import record
from models.tables import BrowserSession, Delivery, Destination, User
from tests.conftest import TwoTenants
from tests.web.browser import Browser, app_of, csrf_of

ADA, MIA, BEN, EVE = "ada@example.com", "mia@example.com", "ben@example.com", "eve@example.com"
NOBODY = 999_999_999


@dataclass
class Desk:
    """A browser of the app, with the database behind it."""

    browser: Browser
    database: Database
    tenants: TwoTenants

    def press(self, path: str, page: str = "/admin/access", **fields: str) -> TestResponse:
        """Press a button, with the token of a page."""
        return self.browser.post(path, fields | {"csrf": csrf_of(self.browser.get(page))})

    def id_of(self, table: Any, tenant_id: int, **chosen: str) -> int:
        with self.database.reading_all() as session:
            query = select(table.id).where(table.tenant_id == tenant_id).filter_by(**chosen)
            return int(session.scalars(query.order_by(table.id)).all()[0])


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Ours has an admin, a manager and a viewer, theirs an admin; each a space and a failed delivery."""
    people = [(tenants.ours, ADA, "admin"), (tenants.ours, MIA, "manager"), (tenants.ours, BEN, "viewer")]
    with database.writing_all() as session:
        session.add_all(
            User(tenant_id=each, email=email, role=role)
            for each, email, role in (*people, (tenants.theirs, EVE, "admin"))
        )
        for each, name in zip(tenants, ("Ours", "Theirs"), strict=True):
            link_space(session, each, f"spaces/{each}", f"Space of {name}")
            place = session.scalars(select(Destination).where(Destination.tenant_id == each)).one()
            session.add_all(
                Delivery(
                    tenant_id=each,
                    destination_id=place.id,
                    destination_name=place.name,
                    rule_name=rule,
                    lane=place.lane,
                    state=state,
                    reason=reason,
                )
                for rule, state, reason in (
                    (f"Wins of {name}", "dead", "HTTP 500: no"),
                    ("Losses", "delivered", ""),
                )
            )
            record(session, system(each, f"maker of {name}"), "rule.made", f"Wins of {name}")
    return database


@pytest.fixture
def desk(filled: Database, tenants: TwoTenants, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with app_of(filled, tmp_path, database_url) as app:
        yield Desk(Browser(app), filled, tenants)


def session_of(desk: Desk, email: str) -> int:
    with desk.database.reading_all() as session:
        return int(session.scalars(select(BrowserSession.id).where(BrowserSession.email == email)).one())
