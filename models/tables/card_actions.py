"""What people pressed on cards, and which messages show the card of which object."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.accounts import User
from models.tables.base import Base, Leased, TenantOwned, to_one
from models.tables.deliveries import Delivery
from models.tables.types.encrypted import EncryptedJson, EncryptedText


class CardActionState(StrEnum):
    """The values of `card_actions.state`."""

    WAITING = "waiting"  # until the person has connected their own Pipedrive account
    PENDING = "pending"
    WRITING = "writing"
    DONE = "done"
    OVERTAKEN = "overtaken"  # somebody was first, so nothing was written
    FAILED = "failed"
    REPLACED = "replaced"  # it waited for a connection, and the person pressed another button


OPEN_ACTIONS: Final = (CardActionState.PENDING, CardActionState.WRITING)


class CardAction(Leased, TenantOwned, Base):
    """One press on a card that writes to Pipedrive as the person who pressed.

    `key` is the same for every repeat of one interaction. `do` is the button's action (`deal.won`); `entity`
    and `object_id` say on which object, `lane` in which space; both that and `delivery_id` are empty for what
    was asked for without a card. `fields` are the values to write. `slot` is
    the field in which only one of several people can be first (`owner_id`), empty where all may write (a
    note); `expected` holds its value as the presser saw it. A worker that writes has leased the row.
    `result_id` is the id of a note or an activity that was made. `needs_notice`: the person waits for a
    message about the end, because the card alone would not tell them. `problem` is the text for people when
    it failed.
    """

    __tablename__ = "card_actions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
        Index("ix_card_actions_object", "tenant_id", "entity", "object_id", "id"),
        Index("ix_card_actions_delivery", "tenant_id", "delivery_id"),
        Index("ix_card_actions_user", "tenant_id", "user_id", "state"),
        Index("ix_card_actions_started", "tenant_id", "started_at"),
        Index(
            "ix_card_actions_due",
            "next_attempt_at",
            sqlite_where=text("state IN ('pending', 'writing')"),
            postgresql_where=text("state IN ('pending', 'writing')"),
        ),
        Index(
            "ix_card_actions_writing",
            "tenant_id",
            "entity",
            "object_id",
            unique=True,  # one writes to an object at a time
            sqlite_where=text("state = 'writing'"),
            postgresql_where=text("state = 'writing'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int]
    delivery_id: Mapped[int | None]
    do: Mapped[str] = mapped_column(String(30))
    entity: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    lane: Mapped[str] = mapped_column(String(320))
    slot: Mapped[str] = mapped_column(String(20), default="", server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    expected: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson)
    state: Mapped[str] = mapped_column(
        String(12), default=CardActionState.PENDING, server_default=CardActionState.PENDING
    )
    needs_notice: Mapped[bool] = mapped_column(default=False, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    result_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = to_one()
    delivery: Mapped[Delivery] = to_one()


class CardCopy(TenantOwned, Base):
    """One message in Chat that shows the card of an object; all of an object follow what is done on one.

    `delivery_id` is the delivery that the message shows now. `update_due_at` is set while the message waits
    to be drawn again.
    """

    __tablename__ = "card_copies"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "message_name"),
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
        Index("ix_card_copies_object", "tenant_id", "entity", "object_id", "lane", "id"),
        Index("ix_card_copies_delivery", "tenant_id", "delivery_id"),
        Index(
            "ix_card_copies_due",
            "update_due_at",
            sqlite_where=text("update_due_at IS NOT NULL"),
            postgresql_where=text("update_due_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int]
    lane: Mapped[str] = mapped_column(String(320))
    message_name: Mapped[str] = mapped_column(String(255))
    entity: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    update_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    delivery: Mapped[Delivery] = to_one()
