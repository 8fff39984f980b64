"""Spaces: the Google Chat spaces that are linked to a tenant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class Space(TenantOwned, Base):
    """A space of one tenant. `name` is Chat's `spaces/AAAA`; a space belongs to one tenant only."""

    __tablename__ = "spaces"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    title: Mapped[str] = mapped_column(String(255), default="", server_default="")
    is_member: Mapped[bool] = mapped_column(default=True, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
