"""What keeps the service going: the leases of jobs, and what each tenant stored and sent by day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Leased, TenantOwned


class JobLease(Leased, Base):
    """A job that one worker at a time runs: the one with `lease_token`, until `lease_until`."""

    __tablename__ = "job_leases"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)


class DayUsage(TenantOwned, Base):
    """What a tenant stored and sent on a day (UTC): the sum over all `part`s, one for each process.

    `bytes` and `events` are of bodies that were taken, repeats included, `dropped` those that were not
    because the day's limit was reached. `cards` are messages that Chat accepted. `notified_at`: when the
    admins got a notice of the limit.
    """

    __tablename__ = "day_usages"
    __own_key__ = ("day", "part")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    events: Mapped[int] = mapped_column(default=0, server_default="0")
    bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    dropped: Mapped[int] = mapped_column(default=0, server_default="0")
    cards: Mapped[int] = mapped_column(default=0, server_default="0")
    notified_at: Mapped[datetime | None]
