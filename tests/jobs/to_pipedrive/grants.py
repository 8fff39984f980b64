"""Helpers that read and change stored grants."""

from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.tables.accounts import User
from models.tables.connections import Connection, PersonalConnection
from models.tables.deliveries import Delivery


def row_of(database: Database, tenant_id: int) -> Connection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()


def change(database: Database, tenant_id: int, **columns: object) -> None:
    with database.writing(tenant_id) as session:
        row = session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def person_of(database: Database, tenant_id: int) -> PersonalConnection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(PersonalConnection)).one()


def add_admin(database: Database, tenant_id: int) -> None:
    with database.writing(tenant_id) as session:
        admin = User(tenant_id=tenant_id, email=f"ada@tenant{tenant_id}.example", role="admin")
        admin.chat_name = f"users/{tenant_id}"
        session.add(admin)


def notices_of(database: Database, tenant_id: int) -> list[Any]:
    with database.reading(tenant_id) as session:
        return list(session.scalars(select(Delivery.notice).where(Delivery.notice.is_not(None))))
