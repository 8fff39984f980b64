"""Pipedrive users: who there is in a tenant's company, to match them with people and to judge visibility."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class PipedriveUser(TenantOwned, Base):
    """One user of the company, as Pipedrive's list or its user events told last. `email` is lower case."""

    __tablename__ = "pipedrive_users"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "pipedrive_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pipedrive_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    email: Mapped[str] = mapped_column(String(320), default="", server_default="")
    is_active: Mapped[bool] = mapped_column(default=True, server_default="1")
    is_admin: Mapped[bool] = mapped_column(default=False, server_default="0")
    seen_at: Mapped[datetime] = mapped_column(default=now)
