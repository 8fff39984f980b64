"""What is followed until it is closed: deals that may stall and activities that may become overdue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Json, TenantOwned
from models.tables.types.encrypted import EncryptedBytes


class TrackedObject(TenantOwned, Base):
    """The last known state of one deal, activity, lead, person or organization of Pipedrive.

    `changed_at` is when it was last changed, `heard_at` when we learned of that. `next_at` is when it is
    looked at again, None where nothing can come of it. `announced` is the highest threshold, in days, of
    which there was an event since the change (of an activity 1, for good). Until `snoozed_until` there is
    none. `due_at` is when an activity is overdue. `words` is what people search by. `state` is
    `{"state": ..., "permitted": [...]}` as JSON: its fields with today's keys, and the ids of the users who
    may see it (null: everybody). Only deals, activities and leads are ever open; `lead_id` is of an activity.
    What is closed stays for a while, so that an older event that comes late does not open it again.
    """

    __tablename__ = "tracked_objects"
    __own_key__ = ("entity", "object_id")
    __table_args__ = (
        Index(
            "ix_tracked_objects_next",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index(
            "ix_tracked_objects_open",
            "tenant_id",
            "entity",
            "changed_at",
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_tracked_objects_of_deal",
            "tenant_id",
            "deal_id",
            "due_at",
            sqlite_where=text("deal_id IS NOT NULL"),
            postgresql_where=text("deal_id IS NOT NULL"),
        ),
        Index(
            "ix_tracked_objects_of_lead",
            "tenant_id",
            "lead_id",
            "changed_at",
            sqlite_where=text("lead_id IS NOT NULL"),
            postgresql_where=text("lead_id IS NOT NULL"),
        ),
        Index("ix_tracked_objects_heard_at", "heard_at"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(20), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_open: Mapped[bool]
    changed_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    announced: Mapped[int] = mapped_column(default=0, server_default="0")
    snoozed_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(String(300), default="", server_default="")
    value: Mapped[float | None]
    owner_id: Mapped[str | None] = mapped_column(String(64))
    deal_id: Mapped[str | None] = mapped_column(String(64))
    organization_id: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[str | None] = mapped_column(String(64))
    lead_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[bytes] = mapped_column(EncryptedBytes)


class StalledSettings(TenantOwned, Base):
    """When a tenant's deals count as stalled, and when and where the summary of them is posted.

    `thresholds` are days, ascending. `frequency` is off, daily or weekly (on `weekday`, `mon`); the summary
    is posted at `at` (`09:00`, by the tenant's clock) to `destination_id`, next at `next_at`. Deals below
    `least_value` are left out of it. After a change of the thresholds the open deals are looked at again, in
    the order of their ids: those up to `rechecked_to` are scheduled, None when all are.
    """

    __tablename__ = "stalled_settings"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    thresholds: Mapped[list[int]] = mapped_column(Json, default=lambda: [3, 7, 14])
    frequency: Mapped[str] = mapped_column(String(10), default="off", server_default="off")
    weekday: Mapped[str] = mapped_column(String(3), default="mon", server_default="mon")
    at: Mapped[str] = mapped_column(String(5), default="09:00", server_default="09:00")
    destination_id: Mapped[int | None]
    least_value: Mapped[float | None]
    next_at: Mapped[datetime | None]
    rechecked_to: Mapped[str | None] = mapped_column(String(64))


class OpenListCheck(TenantOwned, Base):
    """How far the lists of a tenant's open deals and activities were read through Pipedrive's API.

    From `due_at` on they are read by the worker that has leased the row until `lease_until`. `progress` holds
    by list where to continue; `checked_at` is when the lists were last read to their end.
    """

    __tablename__ = "open_list_checks"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    lease_until: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    checked_at: Mapped[datetime | None]
