"""Two connected teams, and a browser before their setup page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database.engine import Database
from models.destinations.linking import link_space
from models.tables import Connection, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.web.browser import Browser, app_of

ADA, BEN, EVE = "ada@example.com", "ben@example.com", "eve@example.com"


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Ada is admin and Ben a user of ours, Eve is admin of theirs; both are connected, with a space."""
    people = [(tenants.ours, ADA, "admin"), (tenants.ours, BEN, "viewer"), (tenants.theirs, EVE, "admin")]
    with database.writing_all() as session:
        session.add_all(User(tenant_id=each, email=email, role=role) for each, email, role in people)
        for each, name in zip(tenants, ("Ours Corp", "Theirs Corp"), strict=True):
            session.add(
                Connection(
                    tenant_id=each,
                    company_id=name,
                    company_name=name,
                    state="connected",
                    keeps_webhooks=True,
                    refresh_token="closed",
                )
            )
            session.add(PipedriveUser(tenant_id=each, pipedrive_id="11", name=f"Bo of {name}"))
            link_space(session, each, f"spaces/{each}", f"Space of {name}")
    return database


@pytest.fixture
def browser(filled: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with app_of(filled, tmp_path, database_url) as app:
        yield Browser(app)
