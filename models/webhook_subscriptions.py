"""Webhook subscriptions: what we registered at Pipedrive, one for each entity, and how it fares there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class WebhookSubscription(TenantOwned, Base):
    """One webhook of ours in Pipedrive, as its list told last.

    `key` is that of the credential in its address. `last_status` is the HTTP status Pipedrive got from us
    the last time, 0 for none. `trouble` says in words what is wrong with it, empty when nothing is.
    """

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "pipedrive_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pipedrive_id: Mapped[str] = mapped_column(String(64))
    entity: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(128))
    last_status: Mapped[int | None]
    last_delivery_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
