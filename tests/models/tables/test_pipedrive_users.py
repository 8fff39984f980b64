"""Pipedrive users: one row each in their company; the same number elsewhere is somebody else."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import PipedriveUser
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, refused


def test_whoever_is_not_said_to_have_left_is_active_and_no_admin(
    database: Database, tenants: TwoTenants
) -> None:
    made = by_schema(database, "pipedrive_users", tenant_id=tenants.ours, pipedrive_id="1", seen_at=LONG_AGO)
    assert (bool(made["is_active"]), bool(made["is_admin"]), made["email"]) == (True, False, "")


def test_a_number_means_one_user_a_company(database: Database, tenants: TwoTenants) -> None:
    add(database, *(PipedriveUser(tenant_id=tenant, pipedrive_id="1") for tenant in tenants))
    refused(database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id="1"))
