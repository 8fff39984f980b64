"""Lanes: one physical space of one tenant: when it may be written next, and who is writing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned


class Lane(TenantOwned, Base):
    """The queue of one space. `due_at` is when its next delivery may leave, None while it owes nothing.

    `free_at` is when Chat's limit of one write a second lets the next one in; `backoff` counts the 429
    answers in a row. The holder of `lease_token` alone writes until `lease_until`.
    """

    __tablename__ = "lanes"
    __own_key__ = ("lane",)
    __table_args__ = (Index("ix_lanes_due", "due_at"), Index("ix_lanes_lane", "lane"))

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    lane: Mapped[str] = mapped_column(String(320), primary_key=True)
    due_at: Mapped[datetime | None]
    free_at: Mapped[datetime | None]
    backoff: Mapped[int] = mapped_column(default=0, server_default="0")
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
