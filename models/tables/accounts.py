"""Tenants: the customer companies; each owns its rows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Id, Json, TenantOwned


class TenantStatus(StrEnum):
    """The values of `tenants.status`."""

    ACTIVE = "active"
    ERASING = "erasing"  # requested by an admin: all rows are deleted once Pipedrive is disconnected


class Role(StrEnum):
    """What a user of a tenant may do; the values of `users.role`."""

    ADMIN = "admin"
    MANAGER = "manager"
    SALES_REP = "sales_rep"
    ANALYST = "analyst"
    VIEWER = "viewer"


class Tenant(Base):
    """A customer company. `status` is active or erasing.

    `monthly_limit` is None for no limit. `ruleset_version` grows with every change of what decides where
    cards go (rules, destinations, quiet hours), so that workers know when to read it again. `timezone` is
    that of its clocks, an IANA name, and `language` that of its cards in spaces (`en`, `de`, `en_GB`).
    `features` are switched on or off whatever its plan says. `warned_percent` of its limit was reached in
    `warned_month` (its first day), and the admins know it. `is_internal` is the one of the installation
    itself (`models.operating.synthetic`), which no list or count of tenants shows.
    """

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    plan: Mapped[str] = mapped_column(String(40), default="starter", server_default="starter")
    status: Mapped[str] = mapped_column(
        String(20), default=TenantStatus.ACTIVE, server_default=TenantStatus.ACTIVE, index=True
    )
    monthly_limit: Mapped[int | None] = mapped_column(
        Id.evaluates_none(),  # an explicit None means no limit; without a value the default applies
        default=1000,
        server_default="1000",
    )
    features: Mapped[dict[str, bool] | None] = mapped_column(Json)
    warned_month: Mapped[date | None] = mapped_column(Date)
    warned_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    monthly_count: Mapped[int] = mapped_column(default=0, server_default="0")
    ruleset_version: Mapped[int] = mapped_column("book_version", default=1, server_default="1")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    language: Mapped[str] = mapped_column(String(35), default="en", server_default="en")
    is_internal: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)


class PlanFeature(Base):
    """A feature that the tenants of a plan do not have; a plan without rows has all."""

    __tablename__ = "plan_features"

    plan: Mapped[str] = mapped_column(String(40), primary_key=True)
    feature: Mapped[str] = mapped_column(String(40), primary_key=True)


class PlanRetention(Base):
    """For how many days the tenants of a plan keep their history at most; without a row KEEP_DAYS."""

    __tablename__ = "plan_retention"

    plan: Mapped[str] = mapped_column(String(40), primary_key=True)
    most_days: Mapped[int]


SIGN_IN: Final = "sign_in"  # with Google
CONNECT: Final = "connect"  # a tenant's Pipedrive
PERSONAL: Final = "personal"  # a person's own Pipedrive
ADMIN_LINK: Final = "admin_link"  # signs an admin in without Google, made on the command line
INSTALL: Final = "install"  # a code that came without our state: kept until its person is known


class OAuthFlow(Base):
    """One OAuth flow in progress, found by the SHA-256 of its state (of an install: of a handle of ours).

    `browser_hash` is the SHA-256 of a secret that only the starting browser has. `secret` is encrypted by the
    vault for `0|oauth_flows|secret|<state_hash>`: the PKCE verifier, or the code of an install.
    `return_to` is a path of ours, never a full URL.
    """

    __tablename__ = "oauth_flows"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    browser_hash: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(String(64), default="", server_default="")
    email: Mapped[str | None] = mapped_column(String(320))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    return_to: Mapped[str] = mapped_column(String(500), default="", server_default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class BrowserSession(Base):
    """One browser of one person, who is known by a verified e-mail and may belong to several tenants.

    `tenant_id` is the selected tenant. `space` is where in Chat the person came from, if they did:
    what was requested there is answered there. Ends at `expires_at`, or when unused for long.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    display_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="SET NULL"))
    space: Mapped[str | None] = mapped_column(String(255))
    space_title: Mapped[str] = mapped_column(String(255), default="", server_default="")
    agent: Mapped[str] = mapped_column(String(255), default="", server_default="")
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ConnectLink(Base):
    """One link that the app gave to one person in a private card, found by the SHA-256 of its secret.

    `email` is what Google Chat verified. `tenant_id` is the tenant it was requested in, if there was one.
    `purpose` is that of the OAuth flow it leads to (`models.tables.accounts`).
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


ROLES: Final = tuple(Role)


class User(TenantOwned, Base):
    """A person of a tenant. `email` is lower case; `chat_name` is Chat's `users/123`, once seen.

    `pipedrive_user_id` is who they are in Pipedrive: found by e-mail unless `is_matched_by_hand`.
    `language` is the one they chose, empty for that of their Chat, and `chat_locale` what Chat said last.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    display_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    role: Mapped[str] = mapped_column(String(20), default=Role.SALES_REP, server_default=Role.SALES_REP)
    chat_name: Mapped[str | None] = mapped_column(String(255), index=True)
    pipedrive_user_id: Mapped[str | None] = mapped_column(String(64))
    is_matched_by_hand: Mapped[bool] = mapped_column(default=False, server_default="0")
    language: Mapped[str] = mapped_column(String(35), default="", server_default="")
    chat_locale: Mapped[str] = mapped_column(String(35), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ReportingLine(TenantOwned, Base):
    """Who is whose manager: one of a person at most, never in a circle (`models.accounts.reporting`)."""

    __tablename__ = "reporting_lines"
    __own_key__ = ("user_id",)
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "manager_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        Index("ix_reporting_lines_manager", "tenant_id", "manager_id"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manager_id: Mapped[int]
