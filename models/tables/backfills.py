"""Backfills: spans of time in which webhooks may be missing, to be read through the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class BackfillState(StrEnum):
    """The values of `catch_ups.state`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Backfill(TenantOwned, Base):
    """One gap of one tenant: missing changes from `since` to `until` are searched.

    A worker with the lease does so from `due_at` on. `progress` stores per entity how far it got, so that
    another process continues there. `found` counts the changes that were missing.
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
    """When any process of a part (`door`, `worker`) was last alive."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
