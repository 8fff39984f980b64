"""Figures of deliveries and of presses on cards, rolled up by the hour so that no report reads all rows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class Figure(TenantOwned, Base):
    """What was counted in one period of UTC, of one kind of whole.

    `period` is the begin of a time as text: an hour (`2026-11-28T09`), a day (`2026-11-28`) or some ten days
    (`2026-11-2`, the days that are written so). `kind` is one of `models.reports.measures`: it says which of
    the ids are set, the others are 0. They stay when what they name is deleted. `took` counts milliseconds by
    their bucket (`models.reports.latency`): of deliveries from the event's arrival until the card was there,
    of a person from the card until it was claimed. The other columns count, except `answer_ms`: the time that
    Chat took for all of `answers`. `was_held` counts what quiet hours or the quota held and let go.
    """

    __tablename__ = "figures"
    __own_key__ = ("kind", "period", "rule_id", "destination_id", "user_id")
    __table_args__ = ({"sqlite_with_rowid": False},)

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    period: Mapped[str] = mapped_column(String(13), primary_key=True)
    rule_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    destination_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    delivered: Mapped[int] = mapped_column(default=0, server_default="0")
    skipped: Mapped[int] = mapped_column(default=0, server_default="0")
    digested: Mapped[int] = mapped_column(default=0, server_default="0")
    dead: Mapped[int] = mapped_column(default=0, server_default="0")
    was_held: Mapped[int] = mapped_column(default=0, server_default="0")
    muted: Mapped[int] = mapped_column(default=0, server_default="0")
    coalesced: Mapped[int] = mapped_column(default=0, server_default="0")
    redacted: Mapped[int] = mapped_column(default=0, server_default="0")
    answers: Mapped[int] = mapped_column(default=0, server_default="0")
    answer_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    presses: Mapped[int] = mapped_column(default=0, server_default="0")
    claims: Mapped[int] = mapped_column(default=0, server_default="0")
    took: Mapped[dict[str, Any]] = mapped_column(Json)


class FigureName(TenantOwned, Base):
    """The last name of a rule or a destination (`kind`) that figures are of, for when it is deleted."""

    __tablename__ = "figure_names"
    __own_key__ = ("kind", "number")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(255))


class RollUp(TenantOwned, Base):
    """How far a tenant's figures are rolled up: all hours before `until`, except stale ones.

    `version` grows with each hour, so that of two workers with the same one the second writes nothing.
    """

    __tablename__ = "roll_ups"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class StaleHour(TenantOwned, Base):
    """An hour of which a row has changed later, so that it is rolled up again.

    Triggers write it (`models.database.triggers.figures`), a row for each change.
    """

    __tablename__ = "stale_hours"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_stale_hours_tenant_id_hour", "tenant_id", "hour"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[str] = mapped_column(String(13))


class ReportEvery(StrEnum):
    """How often a report comes by itself; the values of `report_schedules.every`."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SalesReportKind(StrEnum):
    """The reports that managers read; values of `report_schedules.by` beside its groupings."""

    PIPELINE = "pipeline"
    LEADERS = "leaders"
    FUNNEL = "funnel"
    RESPONSE = "response"


class ReportSchedule(TenantOwned, Base):
    """A report that comes by itself to a space or a person.

    `clock` (`HH:MM`) and `day` (`mon`, of a weekly one) are local in `timezone`; `by` is a grouping of
    `models.reports.report`, or a kind of sales report; `pipeline` is the id of the only pipeline that this is
    about, empty for all. `token` makes the id of the next delivery, so that
    creating it twice is harmless.
    """

    __tablename__ = "report_schedules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "space_id"], ["spaces.tenant_id", "spaces.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_report_schedules_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int | None]
    user_id: Mapped[int | None]
    every: Mapped[str] = mapped_column(String(10))
    clock: Mapped[str] = mapped_column(String(5))
    day: Mapped[str] = mapped_column(String(3))
    by: Mapped[str] = mapped_column(String(10))
    pipeline: Mapped[str] = mapped_column(String(32), default="", server_default="")
    timezone: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(String(32), default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
