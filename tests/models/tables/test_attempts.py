"""Attempts: each belongs to a delivery of its own tenant and goes with it."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Attempt
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, everything, refused, remove


def test_the_schema_fills_in_what_an_attempt_did_not_say(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    told = {"delivery_id": owed.id, "outcome": "delivered", "created_at": LONG_AGO}
    made = by_schema(database, "attempts", tenant_id=tenants.ours, **told)
    assert (made["detail"], made["took_ms"], made["http_status"]) == ("", 0, None)


def test_each_attempt_keeps_its_answer_and_its_time(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    mine = {"tenant_id": tenants.ours, "delivery_id": owed.id}
    add(
        database,
        Attempt(**mine, outcome="retry", http_status=503, took_ms=210, detail="away"),
        Attempt(**mine, outcome="delivered", http_status=200, took_ms=95),
    )
    with database.reading(tenants.ours) as session:
        kept = session.execute(
            select(Attempt.outcome, Attempt.http_status, Attempt.took_ms).order_by(Attempt.id)
        ).all()
    assert kept == [("retry", 503, 210), ("delivered", 200, 95)]


def test_an_attempt_is_never_of_another_tenants_delivery(database: Database, tenants: TwoTenants) -> None:
    theirs = everything(database, tenants.theirs)
    refused(database, Attempt(tenant_id=tenants.ours, delivery_id=theirs.id, outcome="delivered"))


def test_attempts_go_with_their_delivery(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    add(database, Attempt(tenant_id=tenants.ours, delivery_id=owed.id, outcome="delivered"))
    remove(database, owed)
    assert count(database, Attempt) == 0
