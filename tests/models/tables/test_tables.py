"""The list of tables: complete, and each owned by a tenant unless there is a reason."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import inspect

import models
from models import tables
from models.database.engine import Database
from models.tables.base import tenant_tables

# The owners, Google's quota, what comes before its tenant is known, and how the processes are.
SHARED = {"tenants", "budgets", "interactions", "unknown_commands", "heartbeats", "installation"}
SHARED |= {"sessions", "oauth_flows", "tickets", "job_leases", "measurements", "workers", "plan_features"}
SHARED |= {"plan_retention", "plan_events"}


def test_no_module_has_a_table_that_the_list_forgets() -> None:
    listed = set(tables.Base.metadata.tables)
    for module in pkgutil.walk_packages(models.__path__, "models."):
        if not module.name.startswith("models.migrations") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    exported = [getattr(tables, name) for name in tables.__all__ if name != "Base"]
    named = {each.__tablename__ for each in exported if issubclass(each, tables.Base)}
    assert named == listed == set(tables.Base.metadata.tables)


def test_every_table_but_the_shared_ones_belongs_to_tenants() -> None:
    assert tenant_tables() == set(tables.Base.metadata.tables) - SHARED


def test_the_migrated_database_has_these_tables(database: Database) -> None:
    found = set(inspect(database.engine).get_table_names())
    assert found - {"alembic_version"} == set(tables.Base.metadata.tables)


def test_every_row_of_a_tenant_is_identified_by_its_owner_first() -> None:
    owned = [mapper for mapper in tables.Base.registry.mappers if mapper.class_.__tablename__ not in SHARED]
    assert {mapper.primary_key[0].name for mapper in owned} == {"tenant_id"}
