"""The list of tables: whole, and each owned by a tenant unless there is a reason."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import inspect

import models
from models import tables
from models.database.engine import Database
from models.tables.base import tenant_tables

# The owners, Google's quota, and what comes before its tenant is known.
SHARED = {"tenants", "budgets", "interactions", "unknown_commands", "heartbeats"}
SHARED |= {"sessions", "oauth_flows", "tickets"}


def test_no_module_has_a_table_that_the_list_forgets() -> None:
    listed = set(tables.Base.metadata.tables)
    folder = Path(next(iter(models.__path__)))
    for file in folder.glob("*.py"):
        if not file.name.startswith("__"):
            importlib.import_module(f"models.{file.stem}")
    named = {getattr(tables, name).__tablename__ for name in tables.__all__ if name != "Base"}
    assert named == listed == set(tables.Base.metadata.tables)


def test_every_table_but_the_shared_ones_belongs_to_tenants() -> None:
    assert tenant_tables() == set(tables.Base.metadata.tables) - SHARED


def test_the_migrated_database_has_these_tables(database: Database) -> None:
    found = set(inspect(database.engine).get_table_names())
    assert found - {"alembic_version"} == set(tables.Base.metadata.tables)


def test_every_row_of_a_tenant_is_identified_by_its_owner_first() -> None:
    owned = [mapper for mapper in tables.Base.registry.mappers if mapper.class_.__tablename__ not in SHARED]
    assert {mapper.primary_key[0].name for mapper in owned} == {"tenant_id"}
