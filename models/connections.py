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
    `state` is none (known, never authorised), connected, needs_reauth, leaving (we are taking our webhooks
    away) or revoked. `user_id` is the Pipedrive user who authorised; who is no admin there hears of a part.
    Tokens are closed by the vault with the place `tenant|connections|column|tenant`.
    `refresh_lease_until` is set while somebody exchanges the refresh token: only one may.
    `keeps_webhooks`: made through OAuth, so the webhooks are ours to keep (else somebody made one by hand).
    `rotates`: new webhook credentials were asked for. The caretaker looks after it from `care_at` on, under
    a lease; what it found wrong stands in `problem`. Until `limited_until` Pipedrive wants no calls of us,
    which it has said `limit_strikes` times in a row.
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
    user_id: Mapped[str | None] = mapped_column(String(64))
    company_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    is_admin: Mapped[bool | None]
    connected_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    keeps_webhooks: Mapped[bool] = mapped_column(default=False, server_default="0")
    rotates: Mapped[bool] = mapped_column(default=False, server_default="0")
    problem: Mapped[str] = mapped_column(String(500), default="", server_default="")
    refreshed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    limited_until: Mapped[datetime | None]
    limit_strikes: Mapped[int] = mapped_column(default=0, server_default="0")
    care_at: Mapped[datetime | None]
    care_lease_until: Mapped[datetime | None]
    care_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)
