"""Tickets: links out of Chat that know who asked, and where; good once, for a few minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.clock import now


class Ticket(Base):
    """One link that the app gave to one person in a private card, found by the SHA-256 of its secret.

    `email` is what Google Chat verified. `tenant_id` is the tenant it was asked for in, if there was one.
    `purpose` is that of the flow it leads to (`models.oauth_flows`).
    """

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(320))
    chat_name: Mapped[str | None] = mapped_column(String(255))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    space: Mapped[str | None] = mapped_column(String(255))
    space_title: Mapped[str] = mapped_column(String(255), default="", server_default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
