"""Credentials of our webhooks: random, encrypted, two valid during rotation; and the webhooks' rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.clock import now
from models.connections import webhooks
from models.connections.webhooks import OpenCredential
from models.database.engine import Database
from models.pipedrive.rest.webhooks import ListedWebhook
from models.security.vault import Vault, associated_data
from models.tables import WebhookCredential, WebhookSubscription
from tests.conftest import TwoTenants
from tests.models.rows import add

AT = now()


def credentials(database: Database, tenant_id: int) -> Sequence[WebhookCredential]:
    with database.reading(tenant_id) as session:
        mine = select(WebhookCredential).where(WebhookCredential.tenant_id == tenant_id)
        return session.scalars(mine.order_by(WebhookCredential.id)).all()


def subscriptions(database: Database, tenant_id: int) -> dict[str, tuple[str, str, str]]:
    with database.reading(tenant_id) as session:
        rows = webhooks.subscriptions(session, tenant_id)
    return {row.entity: (row.pipedrive_id, row.key, row.problem) for row in rows}


def current(database: Database, vault: Vault, tenant_id: int) -> OpenCredential:
    with database.writing(tenant_id) as session:
        return webhooks.current_credential(session, vault, tenant_id)


def one(
    webhook_id: str, entity: str = "deal", status: int | None = None, at: datetime | None = None
) -> ListedWebhook:
    return ListedWebhook(webhook_id, entity, "*", "https://x.test", True, status, at)


def test_a_credential_is_made_once_is_random_and_lies_closed(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    ours, again = current(database, vault, tenants.ours), current(database, vault, tenants.ours)
    theirs = current(database, vault, tenants.theirs)

    assert ours == again
    assert not {ours.key, ours.user, ours.password} & {theirs.key, theirs.user, theirs.password}
    assert min(len(ours.key), len(ours.password)) >= 43  # 32 bytes
    assert ours.password not in repr(ours)
    (row,) = credentials(database, tenants.ours)
    assert ours.password not in row.password
    where = associated_data(tenants.ours, "webhook_credentials", "password", row.key)
    assert vault.open(row.password, where) == ours.password


def test_what_a_person_typed_is_not_used_for_webhooks_of_our_own(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    closed = vault.close("secret", associated_data(tenants.ours, "webhook_credentials", "password", "k-acme"))
    add(database, WebhookCredential(tenant_id=tenants.ours, key="k-acme", user_name="pd", password=closed))

    assert current(database, vault, tenants.ours).key != "k-acme"


def test_the_newest_credential_is_the_one_to_carry(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    first = current(database, vault, tenants.ours)
    with database.writing(tenants.ours) as session:
        second = webhooks.add_credential(session, vault, tenants.ours)

    assert current(database, vault, tenants.ours) == second != first
    with database.reading(tenants.ours) as session:
        assert webhooks.known_keys(session, tenants.ours) == {first.key, second.key}


def test_a_credential_that_does_not_open_is_replaced(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    lost = current(database, vault, tenants.ours)
    with database.writing(tenants.ours) as session:
        row = session.scalars(
            select(WebhookCredential).where(WebhookCredential.tenant_id == tenants.ours)
        ).one()
        row.password = "v1:gone:AAAA"

    assert current(database, vault, tenants.ours).key != lost.key


def test_a_retired_credential_is_valid_for_a_while_and_then_deleted(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    old = current(database, vault, tenants.ours)
    theirs = current(database, vault, tenants.theirs)
    with database.writing(tenants.ours) as session:
        new = webhooks.add_credential(session, vault, tenants.ours)
    ends = AT + timedelta(minutes=10)
    for later in (timedelta(0), timedelta(minutes=5)):
        with database.writing(tenants.ours) as session:
            webhooks.retire(session, tenants.ours, {new.key}, AT + later)
        found = {row.key: row.expires_at for row in credentials(database, tenants.ours)}
        assert found == {old.key: ends, new.key: None}

    with database.writing(tenants.ours) as session:
        webhooks.retire(session, tenants.ours, {new.key}, ends + timedelta(days=1, seconds=1))
    assert [row.key for row in credentials(database, tenants.ours)] == [new.key]
    assert [(row.key, row.expires_at) for row in credentials(database, tenants.theirs)] == [
        (theirs.key, None)
    ]


def record(database: Database, tenant_id: int, *there: ListedWebhook, left: Sequence[str] = ()) -> None:
    with database.writing(tenant_id) as session:
        webhooks.record(session, tenant_id, "key", {each.entity: each for each in there}, left)


def test_rows_say_what_is_at_pipedrive_and_how_it_fares(database: Database, tenants: TwoTenants) -> None:
    record(database, tenants.ours, one("1"), one("2", "lead", 503, AT))
    record(database, tenants.theirs, one("1"))

    found = subscriptions(database, tenants.ours)
    assert found["deal"] == ("1", "key", "")
    assert found["lead"] == ("2", "key", "The last time, Pipedrive got HTTP 503 from Pipenotify.")
    with database.reading(tenants.ours) as session:
        lead = webhooks.subscriptions(session, tenants.ours)[1]
    assert (lead.last_status, lead.last_delivery_at) == (503, AT)

    record(database, tenants.ours, one("3"), one("2", "lead", 200, AT))
    assert subscriptions(database, tenants.ours) == {"deal": ("3", "key", ""), "lead": ("2", "key", "")}
    assert subscriptions(database, tenants.theirs) == {"deal": ("1", "key", "")}


@pytest.mark.parametrize(
    ("left", "trouble"), [((), "Pipedrive does not have it any more."), (("1",), "")], ids=["gone", "stays"]
)
def test_what_is_gone_and_could_not_be_made_again_keeps_its_row(
    database: Database, tenants: TwoTenants, left: Sequence[str], trouble: str
) -> None:
    record(database, tenants.ours, one("1"))
    record(database, tenants.ours, left=left)

    assert subscriptions(database, tenants.ours) == {"deal": ("1", "key", trouble)}


def test_who_leaves_is_forgotten_and_nobody_else(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        current(database, vault, tenant_id)
        record(database, tenant_id, one("1"))
    with database.writing(tenants.ours) as session:
        webhooks.forget(session, tenants.ours)

    left = {tenant_id: len(credentials(database, tenant_id)) for tenant_id in tenants}
    assert left == {tenants.ours: 0, tenants.theirs: 1}
    with database.reading_all() as session:
        assert session.scalars(select(WebhookSubscription.tenant_id)).all() == [tenants.theirs]
