"""A claimed delivery with its event, destination, template and person, read in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, null, select
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.database.lists import one_of
from models.tables.accounts import User
from models.tables.deliveries import Delivery, DeliveryState, as_literal
from models.tables.destinations import Destination
from models.tables.events import Event
from models.tables.rules import Rule, Template


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A claimed delivery with all that its sending needs; None for parts that do not exist (any more)."""

    id: int
    tenant_id: int
    lane: str
    request_id: str
    message_key: str | None
    state: str
    attempts: int
    waiting_since: datetime | None
    next_attempt_at: datetime
    lease_losses: int
    is_urgent: bool
    is_test: bool
    redacted_because: str
    notice: dict[str, Any] | None
    thread_key: str | None
    is_silent: bool
    event_id: int | None
    event_type: str
    rule_id: int | None
    rule_name: str
    destination_id: int | None
    raw: bytes | None
    kind: str | None
    address: str | None
    uid: str | None
    destination_lane: str | None  # another one than `lane` once the destination got a new address
    is_active: bool | None
    paused_because: str | None
    shows_restricted: bool | None
    look: str | None
    liquid: str | None
    template: str | None
    chat_name: str | None  # of the person, for a direct message
    person_role: str | None = None
    person_pipedrive_id: str | None = None
    created_at: datetime | None = None
    update_mode: str | None = None
    line_key: str | None = None
    received_at: datetime | None = None  # its event
    mentions_owner: bool = False
    is_bulk: bool | None = False  # its event
    mentions: str = ""
    person_id: int | None = None  # of our user, for a direct message
    resent_as: str = ""

    @property
    def may_be_shown(self) -> bool:
        """Whether Chat may show it: an attempt began, and may have succeeded although we had no reply."""
        began = self.state in (DeliveryState.DELIVERED, DeliveryState.SENDING)
        return began or self.attempts > 0 or self.lease_losses > 0

    @property
    def losses(self) -> int:
        """How many leases ran out over it; one still `sending` was left by such a worker."""
        return self.lease_losses + (self.state == DeliveryState.SENDING)


_COLUMNS = (
    "id",
    "tenant_id",
    "lane",
    "request_id",
    "message_key",
    "state",
    "attempts",
    "waiting_since",
    "next_attempt_at",
    "lease_losses",
    "is_urgent",
    "is_test",
    "redacted_because",
    "notice",
    "thread_key",
    "is_silent",
    "event_id",
    "event_type",
    "rule_id",
    "rule_name",
    "destination_id",
)


def _with_what_it_needs(*own: Any) -> Select[Any]:
    """Select these columns of a delivery, and those of its event, destination, rule, template and person."""
    further = (
        Event.raw,
        Destination.kind,
        Destination.address,
        Destination.uid,
        Destination.lane,
        Destination.is_active,
        Destination.paused_because,
        Rule.shows_restricted,
        Rule.look,
        Rule.liquid,
        Template.source,
        User.chat_name,
        User.role,
        User.pipedrive_user_id,
        Delivery.created_at,
        Rule.update_mode,
        Delivery.line_key,
        Event.received_at,
        Delivery.mentions_owner,
        Event.is_bulk,
        Delivery.mentions,
        User.id,
        Delivery.resent_as,
    )
    return (
        select(*own, *further)
        .select_from(Delivery)
        .join(Delivery.event, isouter=True)
        .join(Delivery.destination, isouter=True)
        .join(Destination.user, isouter=True)
        .join(Delivery.rule, isouter=True)
        .join(Rule.template, isouter=True)
    )


_IS_NEW = Delivery.lease_token == bindparam("token")
_BEFORE_IT: Mapping[str, Any] = {
    "message_key": case((_IS_NEW, null()), else_=Delivery.message_key),
    "state": case((_IS_NEW, as_literal(DeliveryState.PENDING)), else_=Delivery.state),
}
_OWN = [getattr(Delivery, name) for name in _COLUMNS]
_CLAIMED = _with_what_it_needs(*_OWN)
_ONE = _CLAIMED.where(Delivery.tenant_id == bindparam("tenant"), Delivery.id == bindparam("id"))
_OF_TENANT = _CLAIMED.where(Delivery.tenant_id == bindparam("tenant"), one_of(Delivery.id, "ids"))
_HEADS = DirectStatement(
    _with_what_it_needs(*(_BEFORE_IT.get(each.key, each) for each in _OWN)).where(one_of(Delivery.id, "ids"))
)


def read_deliveries(session: Session, tenant_id: int, ids: Sequence[int]) -> list[ClaimedDelivery]:
    """Read deliveries of a tenant by their ids, in no particular order."""
    rows: Any = session.connection().execute(_OF_TENANT, {"tenant": tenant_id, "ids": list(ids)})
    return [ClaimedDelivery(*row) for row in rows]


def read_heads(session: Session, ids: Sequence[int], token: str = "") -> list[ClaimedDelivery]:
    """Read deliveries by their ids, in no particular order; those created under a lease as they were before.

    `token` is that of the lease.
    """
    return [ClaimedDelivery(*row) for row in _HEADS.rows(session, {"ids": list(ids), "token": token})]


def read_one(session: Session, tenant_id: int, delivery_id: int) -> ClaimedDelivery | None:
    """Read a delivery of a tenant as if it were claimed, to draw its card again; None if there is none."""
    row: Any = session.connection().execute(_ONE, {"tenant": tenant_id, "id": delivery_id}).first()
    return None if row is None else ClaimedDelivery(*row)
