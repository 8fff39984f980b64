"""The installation's values: one for each name, and none of them belongs to a tenant."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import InstallationValue
from tests.conftest import TwoTenants
from tests.models.rows import add, refused


def test_name_has_one_value_that_every_tenant_shares(database: Database, tenants: TwoTenants) -> None:
    add(database, InstallationValue(name="n", value="1"))
    refused(database, InstallationValue(name="n", value="2"))
    for each in tenants:
        with database.reading(each) as session:
            assert session.scalars(select(InstallationValue.value)).all() == ["1"]
