"""Rows for the tests of tables: inserted directly, refused by the schema, counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError

from models.database.engine import Database
from models.destinations.health import note_failure
from models.tables import (
    Connection,
    Delivery,
    Destination,
    Event,
    Rule,
    RuleDestination,
    Space,
    Template,
    Tenant,
)
from models.tables.base import Base

LONG_AGO: Final = "2026-01-01T00:00:00.000000+00:00"


def add(database: Database, *rows: Base) -> None:
    """Insert rows in the given order."""
    with database.writing_all() as session:
        for row in rows:
            session.add(row)
            session.flush()


def refused(database: Database, *rows: Base) -> None:
    """Expect the schema to refuse these rows."""
    with pytest.raises(IntegrityError):
        add(database, *rows)


def count(database: Database, table: type[Base]) -> int:
    with database.reading_all() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def by_schema(database: Database, table: str, **values: Any) -> dict[str, Any]:
    """The only row of a table, inserted without our own defaults, so that the schema fills the rest."""
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with database.writing_all() as session:
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)
        row = session.execute(text(f"SELECT * FROM {table}")).mappings().one()
        return dict(row)


def remove(database: Database, row: Base) -> None:
    """Delete a row by its id in one plain statement, so that only the schema decides what cascades."""
    kind: Any = type(row)
    with database.writing_all() as session:
        session.execute(delete(kind).where(kind.id == row.id))  # type: ignore[attr-defined]


def space(tenant_id: int, name: str = "spaces/AAAA") -> Space:
    return Space(tenant_id=tenant_id, name=name)


def destination(tenant_id: int, name: str = "Wall", **columns: Any) -> Destination:
    usual = {"kind": "chat_dm", "address": "ada@example.com", "lane": "dm:ada@example.com"}
    return Destination(tenant_id=tenant_id, name=name, **(usual | columns))


def fails(database: Database, tenant_id: int, destination_id: int, at: datetime) -> None:
    """Let a destination fail for a minute until `at`; its breaker is open then."""
    with database.writing(tenant_id) as session:
        for seconds in (61, 4, 3, 2, 0):
            note_failure(
                session, tenant_id, destination_id, "503 UNAVAILABLE", at - timedelta(seconds=seconds)
            )


def rule(tenant_id: int, name: str = "Wins", **columns: Any) -> Rule:
    return Rule(tenant_id=tenant_id, name=name, **({"event_types": ["deal.won"]} | columns))


def event(tenant_id: int, source_key: str = "e1", **columns: Any) -> Event:
    return Event(tenant_id=tenant_id, source_key=source_key, **({"raw": b"{}"} | columns))


def everything(database: Database, tenant_id: int) -> Delivery:
    """One row of most tables for one tenant, related to each other; return its delivery."""
    template = Template(tenant_id=tenant_id, name="T", source="{{ deal.title }}")
    owned = [space(tenant_id, f"spaces/{tenant_id}"), destination(tenant_id), event(tenant_id), template]
    add(database, Connection(tenant_id=tenant_id, company_id=f"c{tenant_id}"), *owned)
    sent_by = rule(tenant_id, look="custom", template_id=template.id)
    add(database, sent_by)
    to, told = owned[1], owned[2]
    assert isinstance(to, Destination)
    assert isinstance(told, Event)
    made = Delivery(
        tenant_id=tenant_id, event_id=told.id, rule_id=sent_by.id, destination_id=to.id, lane=to.lane
    )
    add(database, RuleDestination(tenant_id=tenant_id, rule_id=sent_by.id, destination_id=to.id), made)
    return made


def another(database: Database, name: str = "Initech") -> Tenant:
    made = Tenant(name=name)
    add(database, made)
    return made
