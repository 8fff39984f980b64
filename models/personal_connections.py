"""Personal connections: what lets a person's acts in Chat be written in their own name in Pipedrive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class PersonalConnection(TenantOwned, Base):
    """One person's own authorisation with the tenant's Pipedrive company.

    `state` is connected, needs_reauth or revoked. Tokens are closed by the vault with the place
    `tenant|personal_connections|column|user_id`; connected without any, the person is who connected the
    tenant and shares its grant. The lease is as in `connections`.
    """

    __tablename__ = "personal_connections"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "user_id"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    pipedrive_user_id: Mapped[str] = mapped_column(String(64))
    api_domain: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(20), default="connected", server_default="connected")
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    refresh_lease_until: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
