"""Connections end: by our request through a worker, by Pipedrive's uninstall at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.clock import now
from models.connections.disconnect import begin_disconnect, forget_uninstalled
from models.database.engine import Database
from models.tables import (
    AuditEntry,
    Connection,
    Delivery,
    PersonalConnection,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.base import Base
from tests.conftest import TwoTenants
from tests.models.consents import company, person
from tests.models.rows import add

SETUP = "https://pn.test/setup"


def connected(database: Database, tenant_id: int, company_id: str = "12345", **columns: Any) -> None:
    """A tenant whose user 7 connected it: with tokens, one webhook of ours, and an admin in Chat."""
    usual: dict[str, Any] = {"state": "connected", "user_id": "7", "keeps_webhooks": True}
    usual |= {
        "access_token": "closed",
        "refresh_token": "closed",
        "company_name": "Acme",
        "next_check_at": now(),
    }
    company(database, tenant_id, company_id, **(usual | columns))
    person(database, tenant_id, "boss@example.com", chat_name="users/9")
    key = f"k-{tenant_id}"
    add(
        database,
        WebhookCredential(tenant_id=tenant_id, key=key, user_name="pd", password="closed"),
        WebhookSubscription(tenant_id=tenant_id, pipedrive_id="1", entity="deal", key=key),
    )


def connected_as(database: Database, tenant_id: int, pipedrive_id: str) -> None:
    person(database, tenant_id, f"{pipedrive_id}@example.com")
    with database.reading(tenant_id) as session:
        user = session.scalars(select(User).where(User.email == f"{pipedrive_id}@example.com")).one()
    own = {"user_id": user.id, "pipedrive_user_id": pipedrive_id, "refresh_token": "closed"}
    add(database, PersonalConnection(tenant_id=tenant_id, **own))


def owners(database: Database, table: Any) -> list[int]:
    with database.reading_all() as session:
        return sorted(session.scalars(select(table.tenant_id)))


def states(database: Database, table: Any = Connection) -> dict[int, str]:
    with database.reading_all() as session:
        return {row.tenant_id: row.state for row in session.scalars(select(table))}


def test_a_worker_is_asked_to_leave_soon(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        connected(database, each, str(each), check_lease_until=now(), rotates=True, check_failures=3)
    before = now()
    with database.writing(tenants.ours) as session:
        assert begin_disconnect(session, tenants.ours)
    with database.reading(tenants.ours) as session:
        row = session.scalars(select(Connection)).one()
    assert (row.state, row.rotates, row.check_failures, row.check_lease_until) == ("leaving", False, 0, None)
    assert row.next_check_at is not None
    assert row.next_check_at >= before
    assert row.refresh_token == "closed"
    assert states(database)[tenants.theirs] == "connected"


def test_leaving_twice_is_leaving_once(database: Database, tenants: TwoTenants) -> None:
    connected(database, tenants.ours)
    for _ in range(2):
        with database.writing_all() as session:
            assert begin_disconnect(session, tenants.ours)
    assert states(database) == {tenants.ours: "leaving"}


@pytest.mark.parametrize("state", ["revoked", "never"])
def test_where_nothing_is_left_only_what_was_made_by_hand_goes(
    database: Database, tenants: TwoTenants, state: str
) -> None:
    if state == "revoked":
        company(database, tenants.ours, state="revoked")
    for each in tenants:
        add(database, WebhookCredential(tenant_id=each, key=f"k-{each}", user_name="pd", password="closed"))
    with database.writing(tenants.ours) as session:
        assert not begin_disconnect(session, tenants.ours)
    assert owners(database, WebhookCredential) == [tenants.theirs]


def uninstall(database: Database, company_id: str, user_id: str) -> list[int]:
    with database.writing_all() as session:
        return forget_uninstalled(session, company_id, user_id, SETUP)


def test_an_uninstall_by_who_connected_ends_it_all_and_admins_hear(
    database: Database, tenants: TwoTenants
) -> None:
    connected(database, tenants.ours)
    connected(database, tenants.theirs, "777")
    assert uninstall(database, "12345", "7") == [tenants.ours]
    with database.reading(tenants.ours) as session:
        row = session.scalars(select(Connection)).one()
        (told,) = session.scalars(select(Delivery))
        (entry,) = session.scalars(select(AuditEntry))
    assert (row.state, row.access_token, row.refresh_token, row.next_check_at) == (
        "revoked",
        None,
        None,
        None,
    )
    assert told.notice == {
        "title": "Pipedrive is disconnected",
        "words": "Acme has uninstalled Pipenotify in Pipedrive, so no cards come any more. Rules are kept.",
        "button": "Connect it again",
        "url": SETUP,
        "or_space": True,
    }
    assert (entry.actor, entry.action, entry.object) == ("Pipedrive", "connection.uninstalled", "12345")
    assert states(database)[tenants.theirs] == "connected"
    for table in (WebhookCredential, WebhookSubscription):
        assert owners(database, table) == [tenants.theirs]


def test_an_uninstall_told_twice_needs_notice_on_once(database: Database, tenants: TwoTenants) -> None:
    connected(database, tenants.ours)
    assert uninstall(database, "12345", "7") == [tenants.ours]
    assert uninstall(database, "12345", "7") == []
    assert owners(database, Delivery) == [tenants.ours]


@pytest.mark.parametrize(("company_id", "user_id"), [("12345", "8"), ("1", "7"), ("", ""), ("x" * 500, "7")])
def test_an_uninstall_by_somebody_else_ends_nothing(
    database: Database, tenants: TwoTenants, company_id: str, user_id: str
) -> None:
    connected(database, tenants.ours)
    assert uninstall(database, company_id, user_id) == []
    assert states(database) == {tenants.ours: "connected"}


def test_an_uninstall_that_we_asked_for_ourselves_is_no_news(database: Database, tenants: TwoTenants) -> None:
    connected(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        begin_disconnect(session, tenants.ours)
    assert uninstall(database, "12345", "7") == []
    assert states(database) == {tenants.ours: "leaving"}
    assert owners(database, Delivery) == []


def test_who_acts_as_themselves_loses_just_that(database: Database, tenants: TwoTenants) -> None:
    connected(database, tenants.ours)
    connected(database, tenants.theirs, "777")
    for each in tenants:
        connected_as(database, each, "8")
    connected_as(database, tenants.ours, "9")
    assert uninstall(database, "12345", "8") == [tenants.ours]
    with database.reading_all() as session:
        rows = session.scalars(select(PersonalConnection)).all()
    found = {(row.tenant_id, row.pipedrive_user_id): (row.state, row.refresh_token) for row in rows}
    assert found == {
        (tenants.ours, "8"): ("revoked", None),
        (tenants.ours, "9"): ("connected", "closed"),
        (tenants.theirs, "8"): ("connected", "closed"),
    }
    assert set(states(database).values()) == {"connected"}
    assert owners(database, Delivery) == []


def test_credentials_made_by_hand_outlive_an_uninstall(database: Database, tenants: TwoTenants) -> None:
    connected(database, tenants.ours)
    by_hand: Base = WebhookCredential(tenant_id=tenants.ours, key="hand", user_name="pd", password="closed")
    add(database, by_hand)
    uninstall(database, "12345", "7")
    with database.reading_all() as session:
        assert session.scalars(select(WebhookCredential.key)).all() == ["hand"]
