"""Nudges: what a team asks its people to mend in their deals, the cards of a morning, and their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned

_IS_OPEN = text("gone_at IS NULL")


class NudgeSettings(TenantOwned, Base):
    """What a team wants of nudges; without a row, and while not `is_on`, nobody gets any.

    `checks` has the checks that are on, each with since when (`since`) and, once nobody acted on it for two
    weeks, when its end was offered (`offered`), as ISO times. They come at `at` (`08:30`, by each person's
    clock) on `weekdays`. `limits` are days by name (`models.nudges.facts.NudgeLimits`). `required` has the
    fields that a deal needs by the id of its stage. `shows_names`: counts of the team name the people.
    From `next_at` on somebody's morning may have come.
    """

    __tablename__ = "nudge_settings"
    __own_key__ = ()
    __table_args__ = (Index("ix_nudge_settings_next_at", "next_at"),)

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False, server_default="0")
    checks: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[str] = mapped_column(String(5), default="08:30", server_default="08:30")
    weekdays: Mapped[list[str]] = mapped_column(Json, default=list)
    limits: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    required: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    shows_names: Mapped[bool] = mapped_column(default=False, server_default="0")
    next_at: Mapped[datetime | None]


class NudgeCard(TenantOwned, Base):
    """The morning of one person: one row a day, with the delivery of its card if there was something to ask.

    `changed_at` is when an object of its lines was last changed.
    """

    __tablename__ = "nudge_cards"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "user_id", "day"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_nudge_cards_day", "day"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    delivery_id: Mapped[int | None]
    changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class NudgeLine(TenantOwned, Base):
    """One thing that a card asks for: what the check found in a deal, and of which activity.

    `rank` orders the lines of a card, the worst first. `gone_at` is when it was gone, `gone_because` why:
    `fixed`, `snoozed`, or `replaced` by the card of the next morning.
    """

    __tablename__ = "nudge_lines"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "card_id", "check_name", "deal_id"),
        ForeignKeyConstraint(
            ["tenant_id", "card_id"], ["nudge_cards.tenant_id", "nudge_cards.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_nudge_lines_user", "tenant_id", "user_id", "id"),
        Index("ix_nudge_lines_asked_at", "tenant_id", "asked_at"),
        Index(
            "ix_nudge_lines_open_deal",
            "tenant_id",
            "deal_id",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index(
            "ix_nudge_lines_open_activity",
            "tenant_id",
            "activity_id",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int]
    user_id: Mapped[int]
    check_name: Mapped[str] = mapped_column(String(40))
    deal_id: Mapped[str] = mapped_column(String(64))
    activity_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    rank: Mapped[int]
    asked_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    gone_because: Mapped[str] = mapped_column(String(10), default="", server_default="")


class NudgeSnooze(TenantOwned, Base):
    """Nobody is asked for what a check finds in a deal until then; `reason` is why, in a person's words."""

    __tablename__ = "nudge_snoozes"
    __own_key__ = ("deal_id", "check_name")
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_nudge_snoozes_until", "until"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    deal_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    check_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
