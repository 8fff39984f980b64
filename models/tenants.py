"""Tenants: the customer companies; each owns its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id
from models.clock import now

ACTIVE: Final = "active"
ERASING: Final = "erasing"  # an admin asked for it: all of it goes as soon as Pipedrive is left


class Tenant(Base):
    """A customer company. `status` is active or erasing.

    `monthly_limit` is None for no limit. `book_version` grows with every change of what decides where
    cards go (rules, destinations, quiet hours), so that workers know when to read it again.
    """

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    plan: Mapped[str] = mapped_column(String(40), default="starter", server_default="starter")
    status: Mapped[str] = mapped_column(String(20), default=ACTIVE, server_default=ACTIVE, index=True)
    monthly_limit: Mapped[int | None] = mapped_column(
        Id.evaluates_none(),  # None said is no limit; left unsaid, the default applies
        default=1000,
        server_default="1000",
    )
    monthly_count: Mapped[int] = mapped_column(default=0, server_default="0")
    book_version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
