"""A tenant's Pipedrive on the setup page: the connection, its webhooks, and what our calls cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.text.format import clean
from models.clock import now
from models.connections.api_usage import spent
from models.connections.queries import get_connection, has_manual_webhook, list_subscriptions
from models.database.engine import Session
from models.events.store import last_webhook_at
from models.pipedrive.rest.webhooks import WANTED
from models.tables.connections import ConnectionState

CONNECTED: Final = ConnectionState.CONNECTED
STATES: Final[dict[str, str]] = {
    ConnectionState.NONE: "Not connected yet",
    CONNECTED: "Connected",
    ConnectionState.NEEDS_REAUTH: "Has to be connected again",
    ConnectionState.LEAVING: "Being disconnected",
    ConnectionState.REVOKED: "Disconnected",
}


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """The state of a tenant's connection. `is_partial`: a person connected who is no admin in Pipedrive.

    `limited_until` is set while Pipedrive limits our calls. `is_checking`: a connection check runs now
    or within moments. `tokens` were spent today (UTC) of `most_tokens`.
    """

    state: str = ConnectionState.NONE
    company: str = ""
    domain: str = ""
    by: str = ""
    at: datetime | None = None
    is_partial: bool = False
    problem: str = ""
    limited_until: datetime | None = None
    checked_at: datetime | None = None
    is_checking: bool = False
    is_rotating: bool = False
    tokens: int = 0
    most_tokens: int = 0

    @property
    def is_connected(self) -> bool:
        return self.state == CONNECTED

    @property
    def words(self) -> str:
        return STATES.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of ours at Pipedrive; `problem` is empty if there is none."""

    entity: str
    last_at: datetime | None
    problem: str

    @property
    def is_live(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhooks of a tenant, of which there should be `wanted`.

    `is_kept`: we maintain them, as for every connection made here; `by_hand`: a person made one.
    """

    rows: tuple[Hook, ...] = ()
    wanted: int = 0
    is_kept: bool = False
    by_hand: bool = False
    last_event_at: datetime | None = None

    @property
    def live(self) -> int:
        return sum(row.is_live for row in self.rows)

    @property
    def is_live(self) -> bool:
        """Whether all expected webhooks exist without a problem; one made by hand is judged by its events."""
        if self.by_hand:
            return self.last_event_at is not None
        return 0 < self.wanted <= self.live


def link_of(session: Session, tenant_id: int, most_tokens: int) -> ConnectionStatus:
    """Read the connection; a tenant without one gets an empty ConnectionStatus."""
    found = get_connection(session, tenant_id)
    if found is None:
        return ConnectionStatus(most_tokens=most_tokens)
    at, wanted_at = now(), found.next_check_at
    return ConnectionStatus(
        state=found.state,
        company=clean(found.company_name) or found.domain or f"company {found.company_id}",
        domain=found.domain or "",
        by=found.connected_by,
        at=found.created_at,
        is_partial=found.is_admin is False,
        problem=clean(found.problem),
        limited_until=found.limited_until if found.limited_until and found.limited_until > at else None,
        checked_at=found.checked_at,
        is_checking=bool(found.check_lease_until and found.check_lease_until > at)
        or (found.keeps_webhooks and wanted_at is not None and wanted_at <= at),
        is_rotating=found.rotates,
        tokens=spent(session, tenant_id, at.date()),
        most_tokens=most_tokens,
    )


def hooks_of(session: Session, tenant_id: int) -> Hooks:
    """Read the webhooks: those that we maintain, or one that a person made."""
    rows = list_subscriptions(session, tenant_id)
    connection = get_connection(session, tenant_id)
    is_kept = connection is not None and connection.keeps_webhooks
    by_hand = has_manual_webhook(session, tenant_id)
    return Hooks(
        rows=tuple(Hook(row.entity, row.last_delivery_at, row.problem) for row in rows),
        wanted=0 if by_hand else len(WANTED),
        is_kept=is_kept,
        by_hand=by_hand,
        last_event_at=last_webhook_at(session, tenant_id),
    )
