"""A tenant is erased with all its rows: after disconnecting, in batches, and no other tenant's rows."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from sqlalchemy import delete, func, select

from models.clock import now
from models.database.engine import Database
from models.maintenance.erase_tenant import erase_marked, erase_tenant, list_erasable, mark_for_erasure
from models.tables import (
    ApiUsage,
    Attempt,
    AuditEntry,
    Backfill,
    BrowserSession,
    Connection,
    ConnectLink,
    Delivery,
    Event,
    KnownName,
    OAuthFlow,
    PersonalConnection,
    PipedriveUser,
    Tenant,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.accounts import TenantStatus
from models.tables.base import Base
from tests.conftest import TwoTenants
from tests.models.rows import add, everything

OWNED = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.c]


def seed(database: Database, each: int) -> None:
    """A row in each table that knows of tenants, but those nothing here writes to."""
    made = everything(database, each)
    user = User(tenant_id=each, email="ada@example.com")
    add(database, user)
    add(
        database,
        Attempt(tenant_id=each, delivery_id=made.id, outcome="delivered"),
        PersonalConnection(tenant_id=each, user_id=user.id, pipedrive_user_id="7"),
        WebhookSubscription(tenant_id=each, pipedrive_id="1", entity="deal", key=f"k{each}"),
        WebhookCredential(tenant_id=each, key=f"k{each}", user_name="pd", password="closed"),
        KnownName(tenant_id=each, kind="user", key="1", text="Ada"),
        PipedriveUser(tenant_id=each, pipedrive_id="7"),
        ApiUsage(tenant_id=each, day=now().date(), tokens=1),
        Backfill(tenant_id=each, since=now(), until=now(), reason="away"),
        BrowserSession(token_hash=f"s{each}", email="ada@example.com", tenant_id=each, expires_at=now()),
        OAuthFlow(
            state_hash=f"f{each}",
            purpose="connect",
            browser_hash="b",
            secret="c",
            tenant_id=each,
            expires_at=now(),
        ),
        ConnectLink(
            digest=f"t{each}", purpose="connect", email="ada@example.com", tenant_id=each, expires_at=now()
        ),
        AuditEntry(
            tenant_id=each,
            number=1,
            actor="a",
            action="b",
            object="c",
            details={},
            chained="d",
            created_at=now(),
        ),
    )


def counted(database: Database) -> dict[str, dict[Any, int]]:
    """How many rows each tenant has in each table."""
    with database.reading_all() as session:
        return {
            table.name: dict(
                session.execute(select(table.c.tenant_id, func.count()).group_by(table.c.tenant_id)).all()
            )
            for table in OWNED
        }


def ask_to_erase(database: Database, tenant_id: int) -> None:
    with database.writing_all() as session:
        mark_for_erasure(session, tenant_id)


def set_state(database: Database, tenant_id: int, state: str) -> None:
    with database.writing(tenant_id) as session:
        session.scalars(select(Connection)).one().state = state


def whose_turn(database: Database) -> list[int]:
    with database.reading_all() as session:
        return list_erasable(session)


def test_every_row_of_the_tenant_goes_and_no_other(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in tenants:
        seed(database, each)
    before = counted(database)
    assert len([name for name, rows in before.items() if set(rows) == set(tenants)]) > 18
    monkeypatch.setattr("models.maintenance.erase_tenant.BATCH", 2)
    add(database, *(Event(tenant_id=tenants.ours, source_key=f"more {n}", raw=b"{}") for n in range(5)))
    ask_to_erase(database, tenants.ours)
    set_state(database, tenants.ours, "revoked")

    with structlog.testing.capture_logs() as said:
        assert erase_marked(database) == [tenants.ours]

    theirs = {name: {tenants.theirs: rows[tenants.theirs]} for name, rows in before.items() if rows}
    theirs["sessions"][None] = 1  # type: ignore[index]  # a browser that looks at no team any more
    assert {name: rows for name, rows in counted(database).items() if rows} == theirs
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.id)).all() == [tenants.theirs]
    assert said == [{"event": "tenant.erased", "log_level": "info", "tenant_id": tenants.ours}]


def test_pipedrive_is_left_before_anything_goes(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        add(database, Connection(tenant_id=each, company_id=str(each), state="connected"))
    ask_to_erase(database, tenants.ours)
    with database.reading_all() as session:
        rows = session.execute(select(Connection.tenant_id, Connection.state)).all()
        marked = session.scalars(select(Tenant.id).where(Tenant.status == TenantStatus.ERASING)).all()
    assert dict(rows) == {tenants.ours: "leaving", tenants.theirs: "connected"}
    assert marked == [tenants.ours]
    assert whose_turn(database) == []
    set_state(database, tenants.ours, "revoked")
    assert whose_turn(database) == [tenants.ours]


def test_a_tenant_that_has_no_pipedrive_goes_at_once(database: Database, tenants: TwoTenants) -> None:
    ask_to_erase(database, tenants.theirs)
    assert erase_marked(database) == [tenants.theirs]
    assert whose_turn(database) == []


def test_what_was_begun_is_finished_by_the_next_one(database: Database, tenants: TwoTenants) -> None:
    """As after a kill between two batches: deliveries are gone, events and the tenant are there."""
    seed(database, tenants.ours)
    ask_to_erase(database, tenants.ours)
    set_state(database, tenants.ours, "revoked")
    with database.writing(tenants.ours) as session:
        session.execute(delete(Delivery).where(Delivery.tenant_id == tenants.ours))
    assert erase_marked(database) == [tenants.ours]
    assert counted(database)["events"] == {}


def test_a_tenant_that_nobody_marked_stays(database: Database, tenants: TwoTenants) -> None:
    erase_tenant(database, tenants.ours)
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.id).order_by(Tenant.id)).all() == list(tenants)
