"""Events: each webhook body of Pipedrive, stored once, unchanged."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Leased, TenantOwned
from models.tables.types.encrypted import EncryptedBytes, EncryptedJson


class EventState(StrEnum):
    """The values of `events.state`."""

    NEW = "new"  # stored, not yet fanned out
    DONE = "done"  # its deliveries exist, if any rule matched it
    UNPARSED = "unparsed"  # it could not be parsed; the bytes are kept
    IGNORED = "ignored"  # an entity outside the list
    FAILED = "failed"  # an unforeseen error; the bytes are kept, and it can be read again
    FOREIGN = "foreign"  # another company than the key's: kept, never delivered


class Event(Leased, TenantOwned, Base):
    """One webhook body. `source_key` is Pipedrive's own id of it, or a hash, so that a repeat finds its row.

    `content_key` is the same for every webhook that reports this change. It is None for what is reported once
    by its nature, and for a change that one webhook reported twice. `webhook` is Pipedrive's id of the
    webhook.

    `object_key` (`deal:42`), `kind` (the event type that says most), `amount`, `currency`, `who_id` and
    `is_bulk` are the facts of a change that was fanned out (`models.events.facts`).

    A worker that fans out a new one has leased it until `lease_until` under `lease_token`. `outcome` is a
    text for people: what was done with it.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "source_key"),
        Index(
            "ix_events_new",
            "tenant_id",
            "id",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        Index(
            "ix_events_failed",
            "tenant_id",
            "id",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
        Index(
            "ix_events_content",
            "tenant_id",
            "content_key",
            unique=True,
            sqlite_where=text("content_key IS NOT NULL"),
            postgresql_where=text("content_key IS NOT NULL"),
        ),
        Index(
            "ix_events_object",
            "tenant_id",
            "object_key",
            "id",
            sqlite_where=text("object_key IS NOT NULL"),
            postgresql_where=text("object_key IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_key: Mapped[str] = mapped_column(String(128))
    content_key: Mapped[str | None] = mapped_column(String(80))
    webhook: Mapped[str | None] = mapped_column(String(100))
    raw: Mapped[bytes] = mapped_column(EncryptedBytes)
    state: Mapped[str] = mapped_column(String(12), default=EventState.NEW, server_default=EventState.NEW)
    event_type: Mapped[str] = mapped_column(String(60), default="", server_default="")
    outcome: Mapped[str] = mapped_column(String(500), default="", server_default="")
    object_key: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(60), default="", server_default="")
    amount: Mapped[float | None] = mapped_column(Double)
    currency: Mapped[str | None] = mapped_column(String(10))
    who_id: Mapped[str | None] = mapped_column(String(64))
    is_bulk: Mapped[bool] = mapped_column(default=False, server_default="0")
    lease_losses: Mapped[int] = mapped_column(default=0, server_default="0")
    received_at: Mapped[datetime] = mapped_column(default=now)


class SeenInteraction(Base):
    """One interaction with Chat that changed something, with the reply it got.

    `key` is a hash of user, message name, eventTime, type and action. `tenant_id` is None only for rows of
    releases before 0006.
    """

    __tablename__ = "interactions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    reply: Mapped[Any | None] = mapped_column(EncryptedJson)
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)


class UnknownCommand(Base):
    """One command id of Google's console that this release does not know."""

    __tablename__ = "unknown_commands"

    command_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    last_at: Mapped[datetime] = mapped_column(default=now)
