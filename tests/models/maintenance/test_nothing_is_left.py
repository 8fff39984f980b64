"""After a tenant is erased, no row of any table holds a text of it: the whole database is searched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, LargeBinary, String, insert, inspect, select, text

from models.clock import now
from models.database.engine import Database
from models.deliveries.lanes import mark_due
from models.destinations.linking import add_direct_message, remove_destination
from models.maintenance import removed
from models.maintenance.erase_people import erase_person
from models.maintenance.erase_tenant import erase_marked, mark_for_erasure
from models.tables import (
    BrowserSession,
    ConnectionState,
    ConnectLink,
    Delivery,
    Destination,
    OAuthFlow,
    Rule,
    SeenInteraction,
    User,
)
from models.tables.base import Base, UtcTime
from models.tables.types.encrypted import ENCRYPTED_TYPES
from tests.conftest import TwoTenants
from tests.models.rows import add

OURS, THEIRS = "marker-ours", "marker-theirs"
TEXT: Final = (String, JSON, LargeBinary)
LONG_AGO: Final = timedelta(hours=2)


def fill(database: Database, tenant_id: int, marker: str) -> None:
    """Add a row to every table that knows tenants or people, with a marker in each text, JSON and bytes.

    Which tables and columns there are is read from the schema, so that a new table is filled, too.
    """
    known: dict[Any, Any] = {Base.metadata.tables["tenants"].c.id: tenant_id}
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.c or "email" in table.c:
            values = {column.name: _value(column, marker, known) for column in table.c}
            row = {name: value for name, value in values.items() if value is not None}
            keys = list(table.primary_key.columns)
            with database.writing_all() as session:
                made = session.execute(insert(table).values(row).returning(*keys)).one()
            known |= dict(zip(keys, made, strict=True))


def _value(column: Column[Any], marker: str, known: dict[Any, Any]) -> Any:
    """Return a value for a column; None for one that the database fills in, or that may be empty."""
    referred = [known[key.column] for key in column.foreign_keys if key.column in known]
    if referred:
        return referred[0]
    if column.name == "state" and column.table.name == "connections":
        return ConnectionState.REVOKED
    of_type: dict[Any, Any] = {
        String: f"ada@{marker}.example" if column.name == "email" else marker,
        JSON: {marker: [marker]},
        LargeBinary: marker.encode(),
        UtcTime: now() - LONG_AGO,
        Date: now().date(),
        Boolean: False,
    }
    stored = _stored_as(column)
    for kind, value in of_type.items():
        if isinstance(stored, kind):
            return value[: stored.length] if isinstance(stored, String) else value
    return None if column.nullable or (column.primary_key and column.name == "id") else 1


def _stored_as(column: Column[Any]) -> Any:
    """Return the type of a column; of what may be encrypted that of its plain values."""
    return column.type.impl if isinstance(column.type, ENCRYPTED_TYPES) else column.type


def dump(database: Database) -> list[str]:
    """Return every row of every table as text, also of tables that the code does not know."""
    with database.reading_all() as session:
        return [
            f"{table}: {tuple(bytes(each) if isinstance(each, memoryview) else each for each in row)!r}"
            for table in inspect(database.engine).get_table_names()
            for row in session.execute(text(f'SELECT * FROM "{table}"'))
        ]


def lines_with(lines: list[str], marker: str) -> list[str]:
    return [line for line in lines if marker in line]


def add_rows_without_tenant(database: Database) -> None:
    """Rows that name no tenant, only a person or a space of it."""
    soon, person = {"expires_at": now()}, {"email": f"ada@{OURS}.example"}
    flow = {"purpose": "install", "browser_hash": "b", "secret": "c"}
    add(
        database,
        BrowserSession(token_hash="s", **person, **soon),
        BrowserSession(token_hash="g", email="guest@x", space=OURS, **soon),
        OAuthFlow(state_hash="f", **flow, **person, **soon),
        ConnectLink(digest="t", purpose="connect", email="x", space=OURS, **soon),
        SeenInteraction(key="i", reply={"text": OURS}, received_at=now() - LONG_AGO),
    )


def test_whole_database_names_nobody_of_an_erased_tenant(database: Database, tenants: TwoTenants) -> None:
    fill(database, tenants.ours, OURS)
    fill(database, tenants.theirs, THEIRS)
    add_rows_without_tenant(database)
    before = dump(database)
    tables = {line.split(":")[0] for line in lines_with(before, OURS)}
    owned = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.c]
    with_text = {table.name for table in owned if any(isinstance(_stored_as(c), TEXT) for c in table.c)}
    assert len(with_text) > 20
    assert with_text - tables == set()
    with database.writing_all() as session:
        mark_for_erasure(session, tenants.ours)

    assert erase_marked(database) == [tenants.ours]

    after = dump(database)
    assert lines_with(after, OURS) == []
    assert lines_with(after, THEIRS) == lines_with(before, THEIRS)


def test_what_a_removed_person_got_names_them_no_more(database: Database, tenants: TwoTenants) -> None:
    ben = f"ben@{OURS}.example"
    with database.writing_all() as session:
        for tenant_id in tenants:
            session.add_all(
                [
                    User(tenant_id=tenant_id, email=ben, display_name=ben),
                    Rule(tenant_id=tenant_id, name="Wins", event_types=["deal.won"], made_by=ben),
                ]
            )
            to = add_direct_message(session, tenant_id, ben)
            row = {"tenant_id": tenant_id, "destination_id": to.id, "destination_name": ben, "lane": to.lane}
            session.add_all(Delivery(**row, state=state) for state in ("delivered", "dead", "held"))
            mark_due(session, [(tenant_id, to.lane, now())])
    others = lines_with(dump(database), ben)
    with database.writing_all() as session:
        to = session.scalars(select(Destination).where(Destination.tenant_id == tenants.ours)).one()
        remove_destination(session, tenants.ours, to)
        erase_person(session, tenants.ours, ben)
        session.delete(session.scalars(select(User).where(User.tenant_id == tenants.ours)).one())

    assert removed.forget_removed_people(database) == 3
    assert removed.forget_removed_people(database) == 0

    left = lines_with(dump(database), ben)
    assert len(left) == len(others) / 2
    assert set(left) < set(others), "the other team's rows stay as they were"
    with database.reading(tenants.ours) as session:
        states = session.scalars(select(Delivery.state).where(Delivery.tenant_id == tenants.ours))
        assert sorted(states) == ["dead", "delivered", "skipped"]
