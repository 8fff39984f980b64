"""What fan-out has worked out of events and writes in one transaction, and what that does beside."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final

from jobs.events.create import NewDeliveries, create_pending
from models.connections.names import remember
from models.database.engine import Session
from models.events.claims import ClaimedEvent
from models.leads.mirror import record_states
from models.leads.pipelines import drop_deleted
from models.pipedrive.change import Change
from models.pipedrive.names import Name
from models.stalled.track import Row

NameKey = tuple[int, tuple[str, str]]  # a tenant and which of its names


@dataclass(slots=True)
class FannedOut:
    """What came of a group of events: those with an outcome, those not read in time, and what to write.

    `lead_pipelines` are those whose deals are leads, by tenant.
    """

    events: list[ClaimedEvent] = field(default_factory=list)
    unread: list[ClaimedEvent] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    names: dict[NameKey, Name | None] = field(default_factory=dict)
    users: list[tuple[int, Change]] = field(default_factory=list)
    tracked: list[Row] = field(default_factory=list)
    lead_pipelines: dict[int, frozenset[str]] = field(default_factory=dict)

    def store_known(self, session: Session, tenants: Collection[int]) -> None:
        """Store the names and the last states of objects of these tenants."""
        remember(session, {key: name for key, name in self.names.items() if key[0] in tenants})
        drop_deleted(session, self.names, self.lead_pipelines)
        record_states(
            session, [row for row in self.tracked if row["tenant_id"] in tenants], self.lead_pipelines
        )


def _do_nothing(*_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Beside:
    """What else the transaction does: before it writes deliveries, given their lanes, and to create them."""

    before: Callable[[Session, Collection[str]], object] = _do_nothing
    create: Callable[[Session, NewDeliveries], object] = create_pending


NOTHING: Final = Beside()
