"""What keeps the service going: leases, usage by day, measurements, workers, the installation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Double, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, Leased, TenantOwned


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


class RetentionDays(TenantOwned, Base):
    """For how many days a tenant keeps a kind of history (`models.maintenance.retention`), once it chose."""

    __tablename__ = "retention"
    __own_key__ = ("kind",)

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int]


class ContactEncryption(TenantOwned, Base):
    """Whether a tenant's contact details are encrypted (`models.tables.types.encrypted`), once it chose.

    After a change its rows are gone through: `table_name` is the table under way, `after` the key of the last
    row there; None when all is done, `done` rows of about `total`. `again_at` is when they are gone through
    once more, for what was written meanwhile by transactions that did not know of the change.
    """

    __tablename__ = "contact_encryption"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    table_name: Mapped[str | None] = mapped_column(String(40))
    after: Mapped[list[Any] | None] = mapped_column(Json)
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    again_at: Mapped[datetime | None]


class Measurement(Base):
    """One number of the whole installation, summed up over all processes since it was installed.

    `name` is a counter or a histogram of `models.operating.measurements`, `label` its outcome or the upper
    bound of a bucket.
    """

    __tablename__ = "measurements"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[float] = mapped_column(Double, default=0.0, server_default="0")


class WorkerProcess(Base):
    """A `python -m jobs` that was alive at `seen_at`. `problem` says what it cannot reach, empty if all.

    `id` is made by the process at its start: a pid is used again. `release` is the newest migration its code
    knows.
    """

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    release: Mapped[str] = mapped_column(String(40), default="", server_default="")
    problem: Mapped[str] = mapped_column(String(200), default="", server_default="")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class PlanEvent(Base):
    """An event of the operator's billing system that was applied; `digest` is the hash of what it said."""

    __tablename__ = "plan_events"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)


class InstallationValue(Base):
    """One value of the installation by its name, e.g. the fingerprint of its encryption key."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))
