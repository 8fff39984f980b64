"""Routing: how new leads find an owner, to whom each was given, and who is away."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class RoutingMethod(StrEnum):
    """The values of `routing_policies.method`: who of the members gets a lead."""

    ROUND_ROBIN = "round_robin"  # one after the other
    LOAD = "load"  # whoever has the fewest open leads
    TERRITORY = "territory"  # by the value of a field, then one after the other
    VALUE = "value"  # by the lead's value, then one after the other
    SOURCE = "source"
    SKILL = "skill"


class AssignmentState(StrEnum):
    """The values of `assignments.state`."""

    WAITING = "waiting"  # to be routed, or for somebody who may get it
    OFFERED = "offered"  # to a person, who has not answered yet
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # not accepted in time
    TAKEN = "taken"  # somebody else took it, or it was closed, before an answer


_IS_WAITING = text("state = 'waiting'")
_IS_OFFERED = text("state = 'offered'")


class RoutingPolicy(TenantOwned, Base):
    """Which leads go to whom. The first policy that is on, by its id, and whose `when` holds, routes a lead.

    `when` is a tree of conditions as a rule has it, None for all leads. `members` are ids of users in their
    order. `parts` say for the methods by value which people get leads of which values of `field`:
    `[{"values": ["CZ"], "people": [1]}]`, for amounts `[{"least": 10000, "people": [1]}]`.

    With `writes_owner` the owner in Pipedrive is set when a lead is offered, else when it is accepted.
    `claim_minutes`: who has not accepted by then loses it to the next, 0 for never. `most_open` and
    `most_today` are caps per person, 0 for none. `in_hours`: only people who work now get leads, and minutes
    count in their working hours. `manager_id` is the user who gets what nobody accepts. `pointers` say for
    each part who got the last new lead. `previous` are the settings before the last change, for undo.
    """

    __tablename__ = "routing_policies"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    is_on: Mapped[bool] = mapped_column(default=True, server_default="1")
    method: Mapped[str] = mapped_column(String(12))
    when: Mapped[Any | None] = mapped_column("filter", Json)
    members: Mapped[list[int]] = mapped_column(Json)
    field: Mapped[str] = mapped_column(String(80), default="", server_default="")
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    writes_owner: Mapped[bool] = mapped_column(default=True, server_default="1")
    claim_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    most_open: Mapped[int] = mapped_column(default=0, server_default="0")
    most_today: Mapped[int] = mapped_column(default=0, server_default="0")
    in_hours: Mapped[bool] = mapped_column(default=True, server_default="1")
    manager_id: Mapped[int | None]
    pointers: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    previous: Mapped[dict[str, Any] | None] = mapped_column(Json)
    made_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Assignment(TenantOwned, Base):
    """One step of giving a lead to somebody: step 0 is the first person, each escalation is one more.

    A row without `user_id` waits until `due_at`. `is_last`: nobody comes after this person. `owner_id` is the
    lead's owner in Pipedrive when it was offered, or began to wait. `reason` is why it was declined, or an
    English text of why it waits or why its owner could not be written.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "entity", "object_id", "step"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_assignments_due", "due_at", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
        Index(
            "ix_assignments_offered",
            "tenant_id",
            "user_id",
            sqlite_where=_IS_OFFERED,
            postgresql_where=_IS_OFFERED,
        ),
        Index("ix_assignments_user", "tenant_id", "user_id", "at"),
        Index("ix_assignments_at", "tenant_id", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    policy_id: Mapped[int | None]
    user_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default=AssignmentState.WAITING, server_default="waiting")
    is_last: Mapped[bool] = mapped_column(default=False, server_default="0")
    owner_id: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    due_at: Mapped[datetime] = mapped_column(default=now)
    at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]


class Absence(TenantOwned, Base):
    """A user who gets no leads: until `until`, None until they say that they are back."""

    __tablename__ = "absences"
    __own_key__ = ("user_id",)
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime | None]
