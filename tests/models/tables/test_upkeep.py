"""Leases of jobs and usage by day: what the schema fills in, and what it refuses."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from models.database.engine import Database
from models.tables import InstallationValue, Tenant
from models.tables.upkeep import DayUsage, JobLease, Measurement, WorkerProcess
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, refused, remove

DAY = date(2026, 11, 20)


def test_a_day_of_a_process_is_one_row(database: Database, tenants: TwoTenants) -> None:
    add(database, *(DayUsage(tenant_id=each, day=DAY, part=1) for each in tenants))
    add(database, DayUsage(tenant_id=tenants.ours, day=DAY, part=2))
    refused(database, DayUsage(tenant_id=tenants.ours, day=DAY, part=1))


def test_the_schema_starts_a_day_at_nothing(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(database, "day_usages", tenant_id=tenants.ours, day=DAY.isoformat(), part=1)
    assert [made[name] for name in ("events", "bytes", "dropped", "cards")] == [0, 0, 0, 0]
    assert made["notified_at"] is None


def test_usage_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(DayUsage(tenant_id=each, day=DAY, part=1) for each in tenants))
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)
    assert count(database, DayUsage) == 1


def test_a_job_has_one_lease(database: Database) -> None:
    add(database, JobLease(name="release held"))
    refused(database, JobLease(name="release held"))


def test_a_measurement_has_one_row_and_starts_at_nothing(database: Database) -> None:
    assert by_schema(database, "measurements", name="attempts", label="delivered")["value"] == 0
    refused(database, Measurement(name="attempts", label="delivered"))


def test_the_schema_fills_in_what_an_older_worker_does_not_say(database: Database) -> None:
    at = LONG_AGO
    made = by_schema(database, "workers", id="w", host="box", pid=1, started_at=at, seen_at=at)
    assert (made["problem"], made["release"]) == ("", "")
    assert count(database, WorkerProcess) == 1


def test_name_has_one_value_that_every_tenant_shares(database: Database, tenants: TwoTenants) -> None:
    add(database, InstallationValue(name="n", value="1"))
    refused(database, InstallationValue(name="n", value="2"))
    for each in tenants:
        with database.reading(each) as session:
            assert session.scalars(select(InstallationValue.value)).all() == ["1"]
