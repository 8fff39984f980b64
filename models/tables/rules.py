"""Rules: if an event of this type fits these conditions, a card goes to these destinations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, Removable, TenantOwned, to_one
from models.tables.destinations import Destination


class Thread(StrEnum):
    """The values of `rules.thread`: which cards of a rule share a thread of their space."""

    NONE = "none"
    DEAL = "deal"  # those of one object
    DAY = "day"  # those of one day, by the tenant's clock


class UpdateMode(StrEnum):
    """The values of `rules.update_mode`: how further events about an object come."""

    REPLY = "reply"  # as messages: in the thread of the object if the rule has one
    CARD = "card"  # by changing the last card of the object in that space


class Mention(StrEnum):
    """The values of `rules.mention`: who is mentioned on a rule's cards, and so notified."""

    NONE = "none"
    OWNER = "owner"  # of the object
    RECORD = "record"  # whom `rules.mentioned` names


class Rule(Removable, TenantOwned, Base):
    """A rule of a tenant.

    `event_types` is the list of `on`; `conditions` is the `when` tree as entered, None for always.
    `look` is compact, detailed or custom; custom takes `liquid`, or the source of `template_id`.
    `thread`: which of its cards share a thread; won, lost and urgent ones join none.
    `update_mode`: whether an event changes the last card of its object; won, lost and urgent ones never do.
    `mention`: whom its cards mention; `mentioned` names others whom the record names
    (`models.destinations.recipients`).
    `shows_restricted`: an admin lets spaces see what not everybody may see in Pipedrive.
    Rules apply in the order of `priority`, highest first, then age.
    """

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        ForeignKeyConstraint(["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"]),
        Index("ix_rules_match", "tenant_id", "is_enabled", "priority", "created_at"),
        Index(
            "ix_rules_removed",
            "removed_at",
            sqlite_where=text("removed_at IS NOT NULL"),
            postgresql_where=text("removed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    event_types: Mapped[list[str]] = mapped_column(Json)
    conditions: Mapped[Any | None] = mapped_column(Json)
    look: Mapped[str] = mapped_column(String(20), default="compact", server_default="compact")
    liquid: Mapped[str | None] = mapped_column(Text)
    template_id: Mapped[int | None]
    thread: Mapped[str] = mapped_column(String(10), default=Thread.NONE, server_default=Thread.NONE)
    update_mode: Mapped[str] = mapped_column(
        String(10), default=UpdateMode.REPLY, server_default=UpdateMode.REPLY
    )
    mention: Mapped[str] = mapped_column(String(10), default=Mention.NONE, server_default=Mention.NONE)
    mentioned: Mapped[str] = mapped_column(String(255), default="", server_default="")
    is_urgent: Mapped[bool] = mapped_column(default=False, server_default="0")
    is_enabled: Mapped[bool] = mapped_column(default=True, server_default="1")
    shows_restricted: Mapped[bool] = mapped_column(default=False, server_default="0")
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    made_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    template: Mapped[Template | None] = to_one()


class RuleDestination(TenantOwned, Base):
    """One destination of a rule; `position` keeps the order in which they were named."""

    __tablename__ = "rule_destinations"
    __own_key__ = ("rule_id", "destination_id")
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["rules.tenant_id", "rules.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["destinations.tenant_id", "destinations.id"],
            ondelete="CASCADE",
        ),
    )

    rule_id: Mapped[int] = mapped_column(primary_key=True)
    destination_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")

    rule: Mapped[Rule] = to_one()
    destination: Mapped[Destination] = to_one()


class Template(TenantOwned, Base):
    """A named Liquid source of a tenant."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    source: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
