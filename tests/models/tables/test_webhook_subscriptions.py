"""Webhook subscriptions: one row for each webhook that is ours in Pipedrive."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import WebhookSubscription
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, refused


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
