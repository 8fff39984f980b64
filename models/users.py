"""Users: the people of a tenant, known by their verified e-mail and their Chat name."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now

ROLES: Final = ("admin", "manager", "sales_rep", "analyst", "viewer")


class User(TenantOwned, Base):
    """A person of a tenant. `email` is lower case; `chat_name` is Chat's `users/123`, once seen.

    `pipedrive_user_id` is who they are in Pipedrive: found by e-mail unless `is_matched_by_hand`.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    display_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    role: Mapped[str] = mapped_column(String(20), default="sales_rep", server_default="sales_rep")
    chat_name: Mapped[str | None] = mapped_column(String(255), index=True)
    pipedrive_user_id: Mapped[str | None] = mapped_column(String(64))
    is_matched_by_hand: Mapped[bool] = mapped_column(default=False, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)
