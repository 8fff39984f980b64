"""Shared by all tables: names of constraints, UTC times, JSON, the tenant of a row, leases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite autoincrements only INTEGER keys; PostgreSQL gets 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC in Python; timestamptz on PostgreSQL, sortable ISO text on SQLite. Naive times raise."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without its zone"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return found.astimezone(UTC)


class Base(DeclarativeBase):
    """The base class of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcTime(), int: Id}  # noqa: RUF012 - SQLAlchemy reads it from the class


class TenantOwned:
    """A row that belongs to one tenant; sessions of another tenant can neither read nor write it.

    The tenant is part of a row's identity, so that every UPDATE and DELETE of a flush names it:
    `session.get(Rule, (tenant_id, id))`.
    """

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands in the class
        return {"primary_key": ["tenant_id", *cls.__own_key__]}

    __own_key__: ClassVar[tuple[str, ...]] = ("id",)


class Leased:
    """A row that one worker at a time works on: the one with `lease_token`, until `lease_until`."""

    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]


class Removable:
    """A row that people have removed and that history still names: no ORM statement finds it any more.

    It is deleted by upkeep once nothing names it.
    """

    removed_at: Mapped[datetime | None] = mapped_column()


def removed_name(row_id: int | str) -> str:
    """Return the name of a removed row, which frees its own: nobody can give one that begins with a space."""
    return f" removed {row_id}"


def to_one(join: Any = None) -> Any:
    """Relate a row to its one counterpart of the same tenant, along the composite foreign key, or by `join`.

    For joins in statements only: `select(Delivery).join(Delivery.event)`. Reading the attribute of a row
    raises, so that no statement is sent implicitly.
    """
    return relationship(primaryjoin=join, viewonly=True, lazy="raise")


def tenant_tables() -> frozenset[str]:
    """Return the names of the tables whose rows belong to a tenant."""
    owned = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned))
    return frozenset(str(mapper.class_.__tablename__) for mapper in owned)
