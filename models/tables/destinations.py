"""Destinations of deliveries: a Chat space, a direct message, an incoming webhook, a mail, an own webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.accounts import User
from models.tables.base import Base, Json, Removable, TenantOwned, to_one

PAUSED_BY: Final = "paused by "  # a person's name follows


def is_paused_by_person(because: str | None) -> bool:
    """Return whether a person paused a destination, by its `paused_because`; so, too, without any reason."""
    return (because or PAUSED_BY).startswith(PAUSED_BY)


FORMER_PERSON: Final = "a removed person"  # what deliveries call the direct message of one
IS_PAUSED: Final = text("NOT is_active")  # as the index says it
REMOVED_KIND: Final = "removed"  # of a destination that only history names
INCOMING_WEBHOOK: Final = "chat_webhook"
EMAIL: Final = "email"
RECORD: Final = "record"  # people whom a record names: nothing is sent there, but to each of them
OUTGOING_WEBHOOK: Final = "webhook"
SYNTHETIC: Final = "synthetic"  # of the internal tenant alone: nothing is sent
NAMED_BY_PEOPLE: Final = (INCOMING_WEBHOOK, EMAIL, OUTGOING_WEBHOOK)
SENT_KINDS: Final = ("chat_space", "chat_dm", *NAMED_BY_PEOPLE)  # where cards of customers arrive
CHAT_KINDS: Final = ("chat_space", "chat_dm", INCOMING_WEBHOOK)
CLOSED_KINDS: Final = (INCOMING_WEBHOOK, OUTGOING_WEBHOOK)  # whose addresses the vault closes


class Destination(Removable, TenantOwned, Base):
    """A destination of a tenant. `kind` names the channel.

    It is `chat_space`, `chat_webhook`, `chat_dm`, `email`, `webhook`, which is an outgoing one, or
    `synthetic`. A space is a destination named like it. `address` is what the channel needs: `spaces/AAAA`
    for a space, an e-mail for a direct message and for `email`, the URL encrypted by the vault (for
    `tenant|destinations|address|uid`) for an incoming webhook, and so with its secrets for an outgoing one
    (`models.destinations.outside`). `lane` names the physical space whose rate is limited: deliveries of one
    lane are sent in order, one a second.
    `paused_because` is set when the destination refused us for good; nothing is sent there until it is
    resumed. If a person paused it, their name is there (`PAUSED_BY`). `fallback_id` is
    the destination of the tenant where cards go while this one refuses us (`models.destinations.fallback`).
    """

    __tablename__ = "destinations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        ForeignKeyConstraint(
            ["tenant_id", "space_id"], ["spaces.tenant_id", "spaces.id"], ondelete="CASCADE"
        ),
        Index(
            "ix_destinations_removed",
            "removed_at",
            sqlite_where=text("removed_at IS NOT NULL"),
            postgresql_where=text("removed_at IS NOT NULL"),
        ),
        Index(
            "ix_destinations_paused", "tenant_id", "id", sqlite_where=IS_PAUSED, postgresql_where=IS_PAUSED
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    space_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(Text)
    lane: Mapped[str] = mapped_column(String(320))
    is_active: Mapped[bool] = mapped_column(default=True, server_default="1")
    paused_because: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(default=now)
    fallback_id: Mapped[int | None]

    space: Mapped[Space | None] = to_one()
    # The person of a direct message; None for every other kind.
    user: Mapped[User | None] = to_one(
        "and_(User.tenant_id == foreign(Destination.tenant_id), User.email == foreign(Destination.address), "
        "Destination.kind == 'chat_dm')"
    )


class DestinationHealth(TenantOwned, Base):
    """A destination whose attempts fail now; the first that arrives deletes the row.

    `failures` counts those in a row since `failing_since`, `failed_at` is the last one, `error` what was
    answered. Until `open_until` nothing is tried there; None while there were few failures.
    """

    __tablename__ = "destination_health"
    __own_key__ = ("destination_id",)
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["destinations.tenant_id", "destinations.id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    destination_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    failing_since: Mapped[datetime]
    failed_at: Mapped[datetime]
    open_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="", server_default="")


class Space(TenantOwned, Base):
    """A space of one tenant. `name` is Chat's `spaces/AAAA`; a space belongs to one tenant only."""

    __tablename__ = "spaces"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    title: Mapped[str] = mapped_column(String(255), default="", server_default="")
    is_member: Mapped[bool] = mapped_column(default=True, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)


class QuietHours(TenantOwned, Base):
    """One window. `scope` is tenant, space or user; times are local wall time `HH:MM` in `timezone`.

    `days` name the days a window starts on; the end lies outside the window. One that is not enabled
    counts as absent.
    """

    __tablename__ = "quiet_hours"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "space_id"], ["spaces.tenant_id", "spaces.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    space_id: Mapped[int | None]
    user_id: Mapped[int | None]
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))
    days: Mapped[list[str]] = mapped_column(Json)
    timezone: Mapped[str] = mapped_column(String(64))
    lets_urgent_through: Mapped[bool] = mapped_column(default=False, server_default="0")
    is_enabled: Mapped[bool] = mapped_column(default=True, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)

    space: Mapped[Space | None] = to_one()
    user: Mapped[User | None] = to_one()
