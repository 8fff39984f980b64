"""Connections: a tenant's authorisation with Pipedrive, its tokens closed in the vault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned
from models.clock import now


class Connection(TenantOwned, Base):
    """A tenant's link with one Pipedrive company; one tenant has one, one company has one.

    `domain` is the company's host (`acme.pipedrive.com`), for links. `api_domain` is where its API answers.
    `state` is none (known, never authorised), connected, needs_reauth or revoked.
    Tokens are closed by the vault with the place `tenant|connections|column|tenant`.
    `refresh_lease_until` is set while somebody exchanges the refresh token: only one may.
    """

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(String(64), unique=True)
    domain: Mapped[str | None] = mapped_column(String(255))
    api_domain: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(20), default="none", server_default="none")
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    refresh_lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
