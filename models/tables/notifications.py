"""Notifications: what was sent to a person, kept in their inbox; and what of it they want, and where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.base import Base, Json, TenantOwned

_IS_UNREAD = text("read_at IS NULL AND in_inbox")
_IS_GATHERED = text("gathered <> ''")


class Notification(TenantOwned, Base):
    """One notification of a person. `key` names it for who sends it, so that sending again makes no second.

    `channels` says by channel what became of it, `errors` by channel why it did not go out there. `in_inbox`:
    the person sees it in their inbox. `gathered` names the channels, with commas between them, for which it
    waits to be summed up. From `expires_at` on it is shown no more.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "user_id", "key"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_notifications_user", "tenant_id", "user_id", "id"),
        Index("ix_notifications_type", "tenant_id", "user_id", "type", "id"),
        Index("ix_notifications_created", "created_at"),
        Index(
            "ix_notifications_unread",
            "tenant_id",
            "user_id",
            "id",
            sqlite_where=_IS_UNREAD,
            postgresql_where=_IS_UNREAD,
        ),
        Index(
            "ix_notifications_gathered",
            "tenant_id",
            "user_id",
            "id",
            sqlite_where=_IS_GATHERED,
            postgresql_where=_IS_GATHERED,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    type: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(10), default="normal", server_default="normal")
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    url: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    source: Mapped[str] = mapped_column(String(320), default="", server_default="")
    key: Mapped[str] = mapped_column(String(80), default=new_id)
    channels: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    errors: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    in_inbox: Mapped[bool] = mapped_column(default=True, server_default="1")
    gathered: Mapped[str] = mapped_column(String(40), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class NotificationPreference(TenantOwned, Base):
    """How one type of notifications reaches a person by one channel: now, digest or off."""

    __tablename__ = "notification_preferences"
    __own_key__ = ("user_id", "type", "channel")
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))


class NotificationPlace(TenantOwned, Base):
    """The destination of the team to which a person's notifications go by a channel: a space, a webhook."""

    __tablename__ = "notification_places"
    __own_key__ = ("user_id", "channel")
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["destinations.tenant_id", "destinations.id"],
            ondelete="CASCADE",
        ),
        Index("ix_notification_places_destination", "tenant_id", "destination_id"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    destination_id: Mapped[int]


class NotificationDefault(TenantOwned, Base):
    """How it reaches the people of a tenant who chose nothing; `is_locked`: nobody may choose."""

    __tablename__ = "notification_defaults"
    __own_key__ = ("type", "channel")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    is_locked: Mapped[bool] = mapped_column(default=False, server_default="0")
