"""Deliveries: one message, or a part of one, for one event and one destination; and their attempts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.base import Base, Json, Leased, TenantOwned, to_one
from models.tables.destinations import Destination
from models.tables.events import Event
from models.tables.rules import Rule


class DeliveryState(StrEnum):
    """The values of `deliveries.state`."""

    PENDING = "pending"
    SENDING = "sending"
    HELD = "held"
    DIGESTED = "digested"
    DELIVERED = "delivered"
    SKIPPED = "skipped"
    DEAD = "dead"


class AttemptOutcome(StrEnum):
    """The values of `attempts.outcome`."""

    DELIVERED = "delivered"
    RETRY = "retry"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    LOST = "lost"


class ResentAs(StrEnum):
    """The values of `deliveries.resent_as`, beside the empty one."""

    NEW = "new"
    PLAIN = "plain"


STATES: Final = tuple(DeliveryState)
QUIET: Final = "held by quiet hours"
QUOTA: Final = "quota"  # held: the tenant's month has no place for it
OPEN_STATES: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)
KEPT_BACK: Final = (
    DeliveryState.HELD,
    DeliveryState.DIGESTED,
    DeliveryState.SKIPPED,
    DeliveryState.DEAD,
)

_IS_OPEN = text("state IN ('pending', 'sending', 'held')")
_IS_OPEN_WITHOUT_EVENT = text("state IN ('pending', 'sending', 'held') AND event_id IS NULL")
_NEVER_FAILED = text("state IN ('pending', 'sending') AND waiting_since IS NULL")
_HAS_FAILED = text("state IN ('pending', 'sending') AND waiting_since IS NOT NULL")
_IS_HELD = text("state = 'held' AND reason <> 'quota'")
_IS_OVER_QUOTA = text("state = 'held' AND reason = 'quota'")
_IS_KEPT_BACK = text("state IN ('held', 'digested', 'skipped', 'dead')")
_IS_DELIVERED = text("state = 'delivered'")
_JOINS_THREAD = text("thread_key IS NOT NULL")
_HAS_ENDED = text("finished_at IS NOT NULL")
_IS_GATHERED = text("gathered_for IS NOT NULL")
_OWES_A_LINE = text("line_due_at IS NOT NULL")
_GOES_ALONE = text("state IN ('pending', 'sending', 'held') AND (is_urgent OR is_test)")


def _partial_index(name: str, where: Any, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Delivery(Leased, TenantOwned, Base):
    """What is to be sent to one destination for one event.

    `request_id` is fixed with the row. `message_key` (`client-...`) is fixed before the first attempt and
    shared by all deliveries that one message coalesces; both make a repeated send harmless.
    `waiting_since` is when the first failed attempt ended, None while none failed.
    `redacted_because` is the reason why the card must not show the object, empty when it may.
    `thread_key` names the thread it joins, None for none. News joins none; then `line_key` names the thread
    that gets a line about it, which waits to be written since `line_due_at`.
    `is_silent`: Chat notifies nobody of it. `mentions_owner`: the owner of its object is mentioned.
    `mentions` names others of the record who are, a line each (`models.destinations.recipients`).
    `was_held`: quiet hours or the quota held it, and let it go.
    `notice` is the text of a delivery that has no event: a notice to admins (`models.deliveries.notices`), or
    a summary card.
    `resent_as` is empty until Chat refuses the message as it is: then it goes as plain text, or as a new one
    where the message that it was to change is gone.
    `instead_of` is what people call the destination that refused it, of a delivery to that one's fallback.
    `gathered_for` names the summary card that tells of it instead (`models.attention.gathered`).
    A rule or destination that is removed stays as a row as long as deliveries name it (`removed_at`).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "event_id", "rule_id", "destination_id"),
        ForeignKeyConstraint(["tenant_id", "event_id"], ["events.tenant_id", "events.id"]),
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["rules.tenant_id", "rules.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["destinations.tenant_id", "destinations.id"],
        ),
        _partial_index("ix_deliveries_open", _IS_OPEN, "tenant_id", "lane", "id"),
        _partial_index("ix_deliveries_never_failed", _NEVER_FAILED, "tenant_id", "lane", "id"),
        _partial_index("ix_deliveries_failed", _HAS_FAILED, "tenant_id", "lane", "waiting_since", "id"),
        _partial_index("ix_deliveries_due", _IS_OPEN, "tenant_id", "lane", "next_attempt_at", "id"),
        _partial_index(
            "ix_deliveries_held", _IS_HELD, "tenant_id", "destination_id", "is_urgent", "next_attempt_at"
        ),
        _partial_index("ix_deliveries_over_quota", _IS_OVER_QUOTA, "tenant_id", "event_id", "id"),
        _partial_index("ix_deliveries_open_without_event", _IS_OPEN_WITHOUT_EVENT, "tenant_id"),
        _partial_index("ix_deliveries_kept_back", _IS_KEPT_BACK, "tenant_id", "state", "id"),
        _partial_index("ix_deliveries_ended", _HAS_ENDED, "tenant_id", "state", "finished_at"),
        _partial_index(
            "ix_deliveries_delivered", _IS_DELIVERED, "tenant_id", "destination_id", "finished_at"
        ),
        _partial_index("ix_deliveries_thread", _JOINS_THREAD, "tenant_id", "lane", "thread_key"),
        _partial_index("ix_deliveries_gathered", _IS_GATHERED, "tenant_id", "gathered_for", "destination_id"),
        _partial_index("ix_deliveries_line", _OWES_A_LINE, "line_due_at"),
        _partial_index("ix_deliveries_alone", _GOES_ALONE, "tenant_id", "lane", "next_attempt_at", "id"),
        Index("ix_deliveries_message", "tenant_id", "message_key"),
        Index("ix_deliveries_rule", "tenant_id", "rule_id", "id"),
        Index("ix_deliveries_destination", "tenant_id", "destination_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None]
    rule_id: Mapped[int | None]
    destination_id: Mapped[int | None]
    rule_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    destination_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    event_type: Mapped[str] = mapped_column(String(60), default="", server_default="")
    lane: Mapped[str] = mapped_column(String(320))
    is_urgent: Mapped[bool] = mapped_column(default=False, server_default="0")
    is_test: Mapped[bool] = mapped_column(default=False, server_default="0")
    redacted_because: Mapped[str] = mapped_column("withheld", String(200), default="", server_default="")
    thread_key: Mapped[str | None] = mapped_column(String(120))
    line_key: Mapped[str | None] = mapped_column(String(120))
    line_due_at: Mapped[datetime | None]
    is_silent: Mapped[bool] = mapped_column(default=False, server_default="0")
    mentions_owner: Mapped[bool] = mapped_column(default=False, server_default="0")
    mentions: Mapped[str] = mapped_column(Text, default="", server_default="")
    was_held: Mapped[bool] = mapped_column(default=False, server_default="0")
    notice: Mapped[dict[str, Any] | None] = mapped_column(Json)
    gathered_for: Mapped[str | None] = mapped_column(String(40))
    instead_of: Mapped[str | None] = mapped_column(String(255))
    request_id: Mapped[str] = mapped_column(String(40), unique=True, default=new_id)
    message_key: Mapped[str | None] = mapped_column(String(63))
    message_name: Mapped[str | None] = mapped_column(String(255))
    resent_as: Mapped[str] = mapped_column(String(8), default="", server_default="")
    state: Mapped[str] = mapped_column(
        String(12), default=DeliveryState.PENDING, server_default=DeliveryState.PENDING
    )
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting_since: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    lease_losses: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    event: Mapped[Event | None] = to_one()
    rule: Mapped[Rule | None] = to_one()
    destination: Mapped[Destination | None] = to_one()

    @property
    def is_over_quota(self) -> bool:
        """Whether it is held because the tenant's month has no place for it."""
        return self.state == DeliveryState.HELD and self.reason == QUOTA


def as_literal(state: str) -> Any:
    """Write a state as a literal, so that the planner uses the partial index of open deliveries."""
    return literal_column(f"'{state}'")


IS_OPEN: Final = Delivery.__table__.c.state.in_([as_literal(state) for state in OPEN_STATES])
IS_KEPT_BACK: Final = Delivery.__table__.c.state.in_([as_literal(state) for state in KEPT_BACK])
_IN_HELD: Final = Delivery.__table__.c.state == as_literal(DeliveryState.HELD)
# Words as in the partial indexes; SQLite uses them for nothing else.
GOES_ALONE: Final = and_(IS_OPEN, text("(deliveries.is_urgent OR deliveries.is_test)"))  # never coalesced
IS_HELD: Final = and_(_IN_HELD, Delivery.__table__.c.reason != as_literal(QUOTA))  # by quiet hours
IS_OVER_QUOTA: Final = and_(_IN_HELD, Delivery.__table__.c.reason == as_literal(QUOTA))


class Attempt(TenantOwned, Base):
    """One attempt to send. `took_ms` is how long it took; `detail` is the error's text.

    `http_status` is what was answered, None where nothing was, or an own webhook or mail server accepted it.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
        Index("ix_attempts_delivery", "tenant_id", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    http_status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(500), default="", server_default="")
    took_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)

    delivery: Mapped[Delivery] = to_one()


class Lane(Leased, TenantOwned, Base):
    """The queue of one space of one tenant.

    `due_at` is when its next delivery may be sent, None while it is empty. `free_at` is when Chat's limit of
    one write a second allows the next one; `backoff` counts the 429 responses in a row, and `contention` how
    much of the space other apps have used of late (`jobs.deliveries.retry.lane_rest`). `folded_at` is when
    the last summary card went. Only the worker with `lease_token` writes until `lease_until`. `is_shared` is
    False until Chat has accepted a message there from an incoming webhook: the limit of a space holds for all
    tenants that write in it, not for one that only names it.
    """

    __tablename__ = "lanes"
    __own_key__ = ("lane",)
    __table_args__ = (Index("ix_lanes_due", "due_at"), Index("ix_lanes_lane", "lane"))

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    lane: Mapped[str] = mapped_column(String(320), primary_key=True)
    due_at: Mapped[datetime | None]
    free_at: Mapped[datetime | None]
    backoff: Mapped[int] = mapped_column(default=0, server_default="0")
    contention: Mapped[int] = mapped_column(default=0, server_default="0")
    folded_at: Mapped[datetime | None]
    is_shared: Mapped[bool] = mapped_column(default=True, server_default="1")


class DeliveryCount(TenantOwned, Base):
    """How many deliveries of a tenant have a state: the sum of `count` over all `part`s.

    Triggers write it, with every change of `deliveries` (`models.database.triggers.deliveries`). `part` keeps
    two transactions of PostgreSQL from waiting for each other; it is 0 on SQLite, and for what upkeep has
    summed up.
    """

    __tablename__ = "delivery_counts"
    __own_key__ = ("state", "part")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, default=0)
    count: Mapped[int] = mapped_column(default=0, server_default="0")


class ProjectQuota(Base):
    """A token bucket that all workers share. `tokens` is how many were left at `counted_at`."""

    __tablename__ = "budgets"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    tokens: Mapped[float]
    counted_at: Mapped[datetime]
