"""Connections: one per tenant, one per company, and no plain token."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from models.clock import now
from models.database.engine import Database
from models.errors import SecretUnreadable
from models.security.vault import Vault, associated_data
from models.tables import (
    ApiUsage,
    Backfill,
    Connection,
    Heartbeat,
    PersonalConnection,
    PipedriveUser,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.connections import BackfillState
from tests import crm
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import LONG_AGO, add, by_schema, count, refused, remove
from tests.web.door import give_credential

TOKEN = "refresh-token-of-acme-4711"


def test_the_schema_knows_a_company_before_anybody_authorised(
    database: Database, tenants: TwoTenants
) -> None:
    made = by_schema(database, "connections", tenant_id=tenants.ours, company_id="12345", created_at=LONG_AGO)
    assert (made["state"], made["access_token"], made["refresh_token"]) == ("none", None, None)


def test_a_tenant_has_one_connection_and_a_company_one_tenant(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, Connection(tenant_id=tenants.ours, company_id="12345"))
    refused(database, Connection(tenant_id=tenants.ours, company_id="999"))
    refused(database, Connection(tenant_id=tenants.theirs, company_id="12345"))


def test_the_raw_columns_never_hold_the_token(database: Database, tenants: TwoTenants, vault: Vault) -> None:
    crm.connect(database, vault, tenants.ours, TOKEN)
    with database.reading_all() as session:
        row = session.execute(text("SELECT * FROM connections")).mappings().one()

    assert TOKEN not in repr(dict(row))
    mine = associated_data(tenants.ours, "connections", "refresh_token", tenants.ours)
    assert vault.open(row["refresh_token"], mine) == TOKEN


def test_a_token_that_was_moved_to_another_tenant_stays_shut(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    crm.connect(database, vault, tenants.ours, TOKEN)
    with database.reading_all() as session:
        closed = session.execute(text("SELECT refresh_token FROM connections")).scalar_one()
    with pytest.raises(SecretUnreadable):
        vault.open(closed, associated_data(tenants.theirs, "connections", "refresh_token", tenants.theirs))


def _person(database: Database, tenant_id: int) -> User:
    person = User(tenant_id=tenant_id, email="ada@example.com")
    add(database, person)
    return person


def _own(person: User) -> PersonalConnection:
    return PersonalConnection(tenant_id=person.tenant_id, user_id=person.id, pipedrive_user_id="1")


def test_a_person_has_one_in_each_of_their_tenants(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = (_person(database, tenant) for tenant in tenants)
    add(database, _own(ours), _own(theirs))
    refused(database, _own(ours))


def test_it_cannot_belong_to_a_person_of_another_tenant(database: Database, tenants: TwoTenants) -> None:
    person = _person(database, tenants.theirs)
    refused(database, PersonalConnection(tenant_id=tenants.ours, user_id=person.id, pipedrive_user_id="1"))


def test_it_goes_with_the_person(database: Database, tenants: TwoTenants) -> None:
    person = _person(database, tenants.ours)
    add(database, _own(person))
    remove(database, person)
    assert count(database, PersonalConnection) == 0


def test_whoever_is_not_said_to_have_left_is_active_and_no_admin(
    database: Database, tenants: TwoTenants
) -> None:
    made = by_schema(database, "pipedrive_users", tenant_id=tenants.ours, pipedrive_id="1", seen_at=LONG_AGO)
    assert (bool(made["is_active"]), bool(made["is_admin"]), made["email"]) == (True, False, "")


def test_a_number_means_one_user_a_company(database: Database, tenants: TwoTenants) -> None:
    add(database, *(PipedriveUser(tenant_id=tenant, pipedrive_id="1") for tenant in tenants))
    refused(database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id="1"))


def test_an_old_and_a_new_password_share_a_key_for_a_while(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    until = NOON + timedelta(hours=1)
    give_credential(database, vault, tenants.ours, "k-acme", "old", expires_at=until)
    give_credential(database, vault, tenants.ours, "k-acme", "new")

    with database.reading(tenants.ours) as session:
        ends = session.scalars(
            select(WebhookCredential.expires_at)
            .where(WebhookCredential.tenant_id == tenants.ours)
            .order_by(WebhookCredential.id)
        ).all()
    assert ends == [until, None]


def test_the_raw_columns_never_hold_the_password(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    give_credential(database, vault, tenants.ours, "k-acme", "s3cret of Acme")
    with database.reading_all() as session:
        row = session.execute(text("SELECT * FROM webhook_credentials")).mappings().one()
    assert "s3cret" not in repr(dict(row))
    assert row["password"].startswith("v1:")


def test_one_password_closed_twice_looks_different(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    for key in ("k-one", "k-two"):
        give_credential(database, vault, tenants.ours, key, "same")
    with database.reading_all() as session:
        closed = set(session.execute(text("SELECT password FROM webhook_credentials")).scalars())
    assert len(closed) == count(database, WebhookCredential) == 2


def test_a_new_one_has_no_trouble(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(
        database,
        "webhook_subscriptions",
        tenant_id=tenants.ours,
        pipedrive_id="7",
        entity="deal",
        key="k",
        created_at=LONG_AGO,
    )
    assert (made["trouble"], made["last_status"], made["last_delivery_at"]) == ("", None, None)


def test_two_tenants_may_have_the_same_number_and_one_may_not_twice(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant in tenants:
        add(database, WebhookSubscription(tenant_id=tenant, pipedrive_id="7", entity="deal", key="k"))
    refused(database, WebhookSubscription(tenant_id=tenants.ours, pipedrive_id="7", entity="lead", key="k"))


DAY = date(2026, 11, 21)


def test_each_tenant_has_one_line_a_day(database: Database, tenants: TwoTenants) -> None:
    add(database, *(ApiUsage(tenant_id=tenant, day=DAY, tokens=5, calls=1) for tenant in tenants))
    refused(database, ApiUsage(tenant_id=tenants.ours, day=DAY))


def test_a_new_gap_waits_and_has_found_nothing(database: Database, tenants: TwoTenants) -> None:
    gap = Backfill(tenant_id=tenants.ours, since=NOON, until=NOON + timedelta(hours=2), reason="we were away")
    add(database, gap)
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(Backfill)).one()
    assert (kept.state, kept.found, kept.progress, kept.until - kept.since) == (
        BackfillState.WAITING,
        0,
        {},
        timedelta(hours=2),
    )
    with database.reading(tenants.theirs) as session:
        assert session.scalars(select(Backfill)).all() == []


def test_a_part_has_one_heart(database: Database) -> None:
    add(database, Heartbeat(part="door", at=now()), Heartbeat(part="worker", at=now()))
    refused(database, Heartbeat(part="door", at=now()))
