"""Attempts: each try of a delivery, what came back and how long it took."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class Attempt(TenantOwned, Base):
    """One try. `outcome` is delivered, retry, rate_limited, refused or lost; `took_ms` is the answer time."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
        Index("ix_attempts_delivery", "tenant_id", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    http_status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(500), default="", server_default="")
    took_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)
