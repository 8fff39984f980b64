"""Durable waits: what is done later, unless something ends it before; and days on which nobody works."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class WaitState(StrEnum):
    """The values of `waits.state`."""

    WAITING = "waiting"
    DONE = "done"
    ENDED = "ended"  # its condition ended it before it was due
    CANCELLED = "cancelled"


class WaitCondition(StrEnum):
    """What ends a wait early; the values of `waits.ends_if`."""

    NEVER = ""
    CLOSED = "closed"  # its object was closed or deleted
    CHANGED = "changed"  # anybody has changed its object since


_IS_WAITING = text("state = 'waiting'")
_ENDS_EARLY = text("state = 'waiting' AND ends_if <> ''")


class DurableWait(TenantOwned, Base):
    """Something that is done at `due_at` for its owner: `action` names what (`jobs.waits.due.ACTIONS`).

    `key` names what is waited for, so that asking twice makes one row. `entity` and `object_id` name an
    object of Pipedrive, empty for none. `in_hours`: when it is due outside the owner's working hours, it
    waits until they begin. `destination_id` is where it was asked for. `reason` says how it ended where that
    needs words.
    """

    __tablename__ = "waits"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_waits_due", "due_at", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
        Index(
            "ix_waits_early", "tenant_id", "entity", sqlite_where=_ENDS_EARLY, postgresql_where=_ENDS_EARLY
        ),
        Index("ix_waits_user", "tenant_id", "user_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default=WaitState.WAITING, server_default="waiting")
    key: Mapped[str] = mapped_column(String(80))
    entity: Mapped[str] = mapped_column(String(20), default="", server_default="")
    object_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    ends_if: Mapped[str] = mapped_column(String(20), default=WaitCondition.NEVER, server_default="")
    in_hours: Mapped[bool] = mapped_column(default=False, server_default="0")
    destination_id: Mapped[int | None]
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class DayOff(TenantOwned, Base):
    """Days without work, from `first_day` to `last_day`: of a person, or of the whole team (no `user_id`)."""

    __tablename__ = "days_off"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_days_off_last", "tenant_id", "last_day"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
