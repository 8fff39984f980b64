"""Names that no kept event used and no rule mentions are deleted; those in use stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from jobs.names.cache import NameCache
from models.clock import now
from models.database.engine import Database
from models.maintenance.prune import prune_old_rows
from models.pipedrive.names import Names
from models.tables import KnownName, Rule
from tests.changes import told
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

OLD = timedelta(days=93)


def name(tenant_id: int, kind: str, key: str, age: timedelta, at: datetime = NOON) -> KnownName:
    return KnownName(tenant_id=tenant_id, kind=kind, key=key, text=f"{kind} {key}", fetched_at=at - age)


def prune(database: Database, at: datetime = NOON, days: int = 90) -> int:
    return sum(batch["names"] for batch in prune_old_rows(database, at, days))


def left(database: Database, tenant_id: int) -> list[tuple[str, str]]:
    with database.reading_all() as session:
        query = select(KnownName.kind, KnownName.key).where(KnownName.tenant_id == tenant_id)
        return [(kind, key) for kind, key in session.execute(query.order_by(KnownName.kind, KnownName.key))]


def test_unused_names_go_and_the_fields_stay(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        for kind in ("person", "organization", "deal", "user", "stage", "pipeline", "deal_field"):
            add(database, name(each, kind, "1", OLD), name(each, kind, "2", timedelta(days=90)))
    assert prune(database) == 8
    kept = [("deal", "2"), ("deal_field", "1"), ("deal_field", "2"), ("organization", "2"), ("person", "2")]
    kept += [("pipeline", "1"), ("pipeline", "2"), ("stage", "1"), ("stage", "2"), ("user", "2")]
    assert left(database, tenants.ours) == left(database, tenants.theirs) == kept


def test_names_in_conditions_of_rules_stay_for_that_tenant(database: Database, tenants: TwoTenants) -> None:
    when = {"all": [{"field": "owner_id", "op": "any_of", "value": ["7", 8]}]}
    add(database, Rule(tenant_id=tenants.ours, name="r", event_types=[], conditions=when))
    for each in tenants:
        add(database, *(name(each, "user", key, OLD) for key in ("7", "8", "9")))
    assert prune(database) == 4
    assert (left(database, tenants.ours), left(database, tenants.theirs)) == (
        [("user", "7"), ("user", "8")],
        [],
    )


def test_many_names_go_in_batches(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.maintenance.prune_names.BATCH", 3)
    add(database, *(name(tenants.ours, "person", str(number), OLD) for number in range(8)))
    batches = [batch["names"] for batch in prune_old_rows(database, NOON, 90) if batch["names"]]
    assert batches == [3, 3, 2]


class Nobody:
    """A Pipedrive that knows no names."""

    def fetch(self, *_: object, **__: object) -> Names:
        return Names()


def test_name_that_an_event_uses_is_renewed_and_stays(database: Database, tenants: TwoTenants) -> None:
    add(database, *(name(tenants.ours, "user", key, OLD, now()) for key in ("7", "404")))
    change = told("deal", "create", owner_id=7, stage_id=2, label_ids=[], custom_fields={})
    cache = NameCache(database, Nobody())
    assert cache.for_changes(tenants.ours, [change]).text("user", 7) == "user 7"
    assert prune(database, now()) == 1
    assert left(database, tenants.ours) == [("user", "7")]
