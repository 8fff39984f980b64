"""A tenant is erased with all its rows: after disconnecting, in batches, and no other tenant's rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import delete, func, select, update

from models.clock import now
from models.database.engine import Database
from models.maintenance.erase_people import erase_person
from models.maintenance.erase_tenant import erase_marked, erase_tenant, list_erasable, mark_for_erasure
from models.tables import (
    ApiUsage,
    Attempt,
    AuditAnchor,
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
    SeenInteraction,
    Space,
    Tenant,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.accounts import TenantStatus
from models.tables.base import Base
from tests.conftest import TwoTenants
from tests.models.acting import card_rows
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
        *card_rows(each, user.id, made.id),
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
    for each in tenants:
        add(
            database,
            AuditAnchor(tenant_id=each, number=1, proof="p"),
            SeenInteraction(key=f"i{each}", tenant_id=each, reply={}),
        )
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
    assert not erase_tenant(database, tenants.ours)
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.id).order_by(Tenant.id)).all() == list(tenants)


def test_person_of_another_tenant_keeps_their_session_without_a_trace_of_this_one(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        add(database, User(tenant_id=each, email="ada@example.com"))
    add(database, Space(tenant_id=tenants.ours, name="spaces/OURS", title="Ours"))
    came_from = {"space": "spaces/OURS", "space_title": "Ours", "expires_at": now()}
    add(
        database,
        BrowserSession(token_hash="s", email="ada@example.com", tenant_id=tenants.ours, **came_from),
    )
    ask_to_erase(database, tenants.ours)
    assert erase_marked(database) == [tenants.ours]
    with database.reading_all() as session:
        left = session.scalars(select(BrowserSession)).one()
    assert (left.email, left.tenant_id, left.space, left.space_title) == ("ada@example.com", None, None, "")


@pytest.mark.parametrize("table", [Delivery, Event])
def test_what_a_worker_works_on_is_erased_once_it_has_finished(
    database: Database, tenants: TwoTenants, table: Any
) -> None:
    """The worker must be able to store its result; nothing new of the tenant is begun meanwhile."""
    seed(database, tenants.ours)
    set_lease(database, tenants.ours, table, now() + timedelta(seconds=30))
    ask_to_erase(database, tenants.ours)
    set_state(database, tenants.ours, "revoked")
    assert erase_marked(database) == []
    assert counted(database)["webhook_credentials"] == {}
    with database.writing(tenants.ours) as session:  # the worker stores its result
        session.execute(update(table).where(table.tenant_id == tenants.ours).values(lease_until=None))
    assert erase_marked(database) == [tenants.ours]


def test_lease_of_a_worker_that_died_ends(database: Database, tenants: TwoTenants) -> None:
    seed(database, tenants.ours)
    set_lease(database, tenants.ours, Delivery, now() - timedelta(seconds=1))
    ask_to_erase(database, tenants.ours)
    set_state(database, tenants.ours, "revoked")
    assert erase_marked(database) == [tenants.ours]


def set_lease(database: Database, tenant_id: int, table: Any, until: datetime) -> None:
    with database.writing(tenant_id) as session:
        lease = {"lease_token": "t", "lease_until": until}
        session.execute(update(table).where(table.tenant_id == tenant_id).values(lease))


def test_a_call_ends_in_time_and_the_next_one_goes_on(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.maintenance.erase_tenant.BATCH", 2)
    add(database, *(Event(tenant_id=tenants.ours, source_key=f"e {n}", raw=b"{}") for n in range(9)))
    ask_to_erase(database, tenants.ours)
    monkeypatch.setattr("models.maintenance.erase_tenant.MOST_S", 0.0)
    calls = 1
    while not erase_marked(database):
        calls += 1
    assert calls > 3
    assert counted(database)["events"] == {}


def test_removed_user_leaves_no_session_unless_another_tenant_has_them(
    database: Database, tenants: TwoTenants
) -> None:
    for each, email in ((tenants.ours, "ada@x"), (tenants.ours, "ben@x"), (tenants.theirs, "ben@x")):
        add(database, User(tenant_id=each, email=email))
    for email in ("ada@x", "ben@x", "eve@x"):
        add(
            database,
            BrowserSession(token_hash=email, email=email, expires_at=now()),
            ConnectLink(digest=email, purpose="connect", email=email, expires_at=now()),
        )
    with database.writing_all() as session:
        for email in ("ada@x", "ben@x"):
            erase_person(session, tenants.ours, email)
    with database.reading_all() as session:
        for table in (BrowserSession, ConnectLink):
            assert sorted(session.scalars(select(table.email))) == ["ben@x", "eve@x"]
