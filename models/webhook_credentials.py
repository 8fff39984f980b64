"""Webhook credentials: the key in the door's path and the Basic name and password Pipedrive sends with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class WebhookCredential(TenantOwned, Base):
    """What the door expects of one tenant. While rotating, an old one stays valid until `expires_at`.

    Two credentials of one tenant may share a key (a new password) or have one each.
    `password` is closed by the vault with the place `tenant|webhook_credentials|password|key`.
    """

    __tablename__ = "webhook_credentials"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), index=True)
    user_name: Mapped[str] = mapped_column(String(255))
    password: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
