"""Mutes (cards are not sent for a while) and digests (they are gathered for one card)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.base import Base, TenantOwned


class MuteScope(StrEnum):
    """What a mute covers; the values of `mutes.scope`, widest first."""

    TENANT = "tenant"
    SPACE = "space"
    USER = "user"  # the person's direct messages
    RULE = "rule"  # everywhere, or in the one place that is named beside it


_IS_OPEN = text("ended_at IS NULL")


class Mute(TenantOwned, Base):
    """One mute. `until` is when it ends; `muted_by` names who muted.

    A target has one mute without `closed_at`: a newer one moves its end. From `closed_at` on no delivery
    joins what it kept back; `ended_at` is set once the summary cards of that are created. `token` makes the
    ids of these cards, so that creating one twice is harmless.
    """

    __tablename__ = "mutes"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "space_id"], ["spaces.tenant_id", "spaces.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["rules.tenant_id", "rules.id"], ondelete="CASCADE"),
        Index("ix_mutes_open", "tenant_id", "until", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    space_id: Mapped[int | None]
    user_id: Mapped[int | None]
    rule_id: Mapped[int | None]
    until: Mapped[datetime]
    muted_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    token: Mapped[str] = mapped_column(String(32), default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Every(StrEnum):
    """How often a digest comes; the values of `digests.every`."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Digest(TenantOwned, Base):
    """One issue of the digest of a space or a person: deliveries are gathered for it until `closed_at`.

    `clock` (`HH:MM`) and `day` (`mon`) are local in `timezone`. From `closed_at` on the next issue gathers,
    unless the digest was switched off; `ended_at` is set once the card is created. `token` makes its id.
    """

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "space_id"], ["spaces.tenant_id", "spaces.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_digests_open", "tenant_id", "due_at", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    space_id: Mapped[int | None]
    user_id: Mapped[int | None]
    every: Mapped[str] = mapped_column(String(10))
    clock: Mapped[str] = mapped_column(String(5))
    day: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(String(32), default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
