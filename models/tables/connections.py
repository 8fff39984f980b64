"""Connections: a tenant's authorisation with Pipedrive, its webhooks and their gaps, users and names."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.accounts import User
from models.tables.base import Base, Json, TenantOwned, to_one


class ConnectionState(StrEnum):
    """The values of `connections.state` and `personal_connections.state`."""

    NONE = "none"  # known, never authorised
    CONNECTED = "connected"
    NEEDS_REAUTH = "needs_reauth"
    LEAVING = "leaving"  # being disconnected: our webhooks are removed at Pipedrive first
    REVOKED = "revoked"


class Connection(TenantOwned, Base):
    """A tenant's link with one Pipedrive company; one tenant has one, one company has one.

    `domain` is the company's host (`acme.pipedrive.com`), for links. `api_domain` is where its API answers.
    `state` is a ConnectionState. `user_id` is the Pipedrive user who authorised; webhooks of one who is no
    admin there report only a part of the changes. Tokens are encrypted by the vault for
    `tenant|connections|column|tenant`.
    `refresh_lease_until` is set while a process exchanges the refresh token: only one may.
    `keeps_webhooks`: it was made through OAuth, so the webhooks are ours to create and check.
    `rotates`: new webhook credentials were requested. A worker checks the connection from `next_check_at`
    on, under a lease; what it found wrong is in `problem`. Until `limited_until` Pipedrive accepts no
    calls of ours; it limited us `limit_strikes` times in a row. `restricted_notices` are the occasions on
    which admins were told how many deals only some may see (`models.connections.restricted_share`).
    """

    __tablename__ = "connections"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id"),
        Index("ix_connections_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(String(64), unique=True)
    domain: Mapped[str | None] = mapped_column(String(255))
    api_domain: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(
        String(20), default=ConnectionState.NONE, server_default=ConnectionState.NONE
    )
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
    problem_codes: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    restricted_notices: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    refreshed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    limited_until: Mapped[datetime | None]
    limit_strikes: Mapped[int] = mapped_column(default=0, server_default="0")
    next_check_at: Mapped[datetime | None] = mapped_column("care_at")
    check_lease_until: Mapped[datetime | None] = mapped_column("care_lease_until")
    check_failures: Mapped[int] = mapped_column("care_failures", default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiUsage(TenantOwned, Base):
    """The cost of one tenant's calls on one day (UTC), in Pipedrive's tokens, and their number."""

    __tablename__ = "api_spendings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "day"),
        Index("ix_api_spendings_day", "day", "tokens"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    calls: Mapped[int] = mapped_column(default=0, server_default="0")


class PersonalConnection(TenantOwned, Base):
    """One person's own authorisation with the tenant's Pipedrive company.

    Tokens are encrypted by the vault for `tenant|personal_connections|column|user_id`. The user who connected
    the tenant has none: their grant is that of the tenant. The lease is as in `connections`.
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
    state: Mapped[str] = mapped_column(
        String(20), default=ConnectionState.CONNECTED, server_default=ConnectionState.CONNECTED
    )
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    refresh_lease_until: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = to_one()


class EndedGrant(TenantOwned, Base):
    """The authorisation of a person who was removed from the team, to be given back to Pipedrive.

    `refresh_token` is still encrypted for the row that had it: `personal_connections` of the user
    `sealed_for`, who is gone. It is tried from `due_at` on.
    """

    __tablename__ = "ended_grants"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), Index("ix_ended_grants_due_at", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed_for: Mapped[int]
    pipedrive_user_id: Mapped[str] = mapped_column(String(64))
    refresh_token: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime]


class PipedriveUser(TenantOwned, Base):
    """One user of the Pipedrive company, as of its list or the last user event. `email` is lower case.

    `was_removed`: an admin removed this person from the team, so only an invitation makes them a user again.
    """

    __tablename__ = "pipedrive_users"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "pipedrive_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pipedrive_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    email: Mapped[str] = mapped_column(String(320), default="", server_default="", index=True)
    is_active: Mapped[bool] = mapped_column(default=True, server_default="1")
    is_admin: Mapped[bool] = mapped_column(default=False, server_default="0")
    was_removed: Mapped[bool] = mapped_column(default=False, server_default="0")
    seen_at: Mapped[datetime] = mapped_column(default=now)


class WebhookCredential(TenantOwned, Base):
    """A webhook credential of one tenant. While it is rotated, the old one stays valid until `expires_at`.

    Two credentials of one tenant may share a key (a new password) or have one each.
    `password` is encrypted by the vault for `tenant|webhook_credentials|password|key`.
    """

    __tablename__ = "webhook_credentials"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), index=True)
    user_name: Mapped[str] = mapped_column(String(255))
    password: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class WebhookSubscription(TenantOwned, Base):
    """One webhook of ours in Pipedrive, as of its list.

    `key` is that of the credential in its URL. `last_status` is the HTTP status of our last response to
    Pipedrive, 0 for none. `trouble` is the text of its problem, empty when there is none.
    """

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "pipedrive_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pipedrive_id: Mapped[str] = mapped_column(String(64))
    entity: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(128))
    last_status: Mapped[int | None]
    last_delivery_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column("trouble", String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class KnownName(TenantOwned, Base):
    """One name. `kind` and `key` as in `models.pipedrive.names`; `more` holds further attributes."""

    __tablename__ = "names"
    __own_key__ = ("kind", "key")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(String(500))
    more: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    fetched_at: Mapped[datetime] = mapped_column(default=now)


class BackfillState(StrEnum):
    """The values of `catch_ups.state`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Backfill(TenantOwned, Base):
    """One gap of one tenant: missing changes from `since` to `until` are searched.

    A worker with the lease does so from `due_at` on. `progress` stores per entity how far it got, so that
    another process continues there. `found` counts the changes that were missing.
    """

    __tablename__ = "catch_ups"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(
        String(12), default=BackfillState.WAITING, server_default=BackfillState.WAITING
    )
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(default=now, index=True)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Heartbeat(Base):
    """When any process of a part (`door`, `worker`) was last alive."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
