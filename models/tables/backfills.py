"""Catch-ups: stretches of time in which webhooks may have been missed, to be read through the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class BackfillState(StrEnum):
    """What stands in `catch_ups.state`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Backfill(TenantOwned, Base):
    """One gap of one tenant: changes from `since` to `until` are looked for.

    `state` is waiting, running, done or failed; it is worked on from `due_at` on, by whoever holds the
    lease. `progress` says per entity how far it got, so that another process goes on there. `found` counts
    the changes that had been missed.
    """

    __tablename__ = "catch_ups"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(
        String(12), default=BackfillState.WAITING, server_default=BackfillState.WAITING
    )
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(default=now, index=True)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Heartbeat(Base):
    """The last sign of life of a part (`door`, `worker`), written by whichever of its processes."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
