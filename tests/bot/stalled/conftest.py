"""Acme with its address in Pipedrive, and deals that nobody has changed for days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.clock import now
from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.names import Name
from models.tables import Connection, PipedriveUser
from tests.models.rows import add
from tests.models.stalled.following import change


@pytest.fixture(autouse=True)
def deals(database: Database, tenants: tuple[int, int]) -> None:
    """Idle for 20, 8, 4 and 1 days; the second may be seen by user 7 alone. Bolt has one, too."""
    ours, theirs = tenants
    with database.writing_all() as session:
        session.execute(
            update(Connection).where(Connection.tenant_id == ours).values(domain="acme.pipedrive.com")
        )
        remember(session, {(ours, ("stage", "1")): Name("Negotiation"), (ours, ("user", "7")): Name("Ben")})
    for user in ("7", "8"):
        add(database, PipedriveUser(tenant_id=ours, pipedrive_id=user))
    hidden: dict[str, Any] = {"permitted_user_ids": ["7"]}
    for number, (title, days) in enumerate(
        [("Acme renewal", 20), ("Secret merger", 8), ("Hooli", 4), ("New", 1)], 1
    ):
        more: dict[str, Any] = {"meta": hidden} if number == 2 else {}
        at = now() - timedelta(days=days, hours=1)
        change(
            database, ours, number, at, title=title, value=1000 * number, currency="EUR", owner_id=7, **more
        )
    change(database, theirs, 1, now() - timedelta(days=30), title="Bolt deal")
