"""Connections: one a tenant, one a company, and no token in the clear."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from models.database.engine import Database
from models.errors import SecretUnreadable
from models.security.vault import Vault, associated_data
from models.tables import Connection
from tests import crm
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, refused

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
