"""Creates the deliveries of new events, and leases those at once that nothing is before in their lane.

Such a delivery is sent in the same step: to create it as pending and claim it afterwards takes twice as many
statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from jobs.deliveries.retry import LEASE
from jobs.events.new_delivery import COLUMNS, NEVER_SENT
from models.database.engine import Database, Session
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.deliveries.bursts.waiting import BURST_LASTS
from models.deliveries.lanes import ClaimedLane
from models.deliveries.store import COALESCE_ABOVE
from models.tables.deliveries import DeliveryState

LaneKey = tuple[int, str]  # a tenant and the name of its lane
NO_LEASE: Final[dict[str, Any]] = {"message_key": None, "lease_token": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class NewDeliveries:
    """The rows of deliveries to create, and which of their events are of a bulk edit."""

    rows: Sequence[dict[str, Any]] = ()
    bulk_events: Collection[int] = ()


def write_inserts(database: Database) -> None:
    """Write the statements ahead that create deliveries of events."""
    delivery_store.write_insert(database, COLUMNS, returns_leased=False)
    delivery_store.write_insert(database, (*COLUMNS, *NO_LEASE), returns_leased=True)


def create_pending(session: Session, new: NewDeliveries) -> None:
    """Create deliveries and make their lanes due."""
    delivery_store.create_deliveries(session, new.rows)
    lanes.mark_due(session, _dues(new.rows))


def create_leased(
    session: Session, token: str, at: datetime, most: int, after: int, *, new: NewDeliveries
) -> list[ClaimedLane]:
    """Create deliveries, lease up to `most` of them with their lanes, and return these lanes.

    Tenants have their turn, starting after tenant `after`. A lane that owes something already, gathers a
    burst, or is to get more than goes one by one is only made due.
    """
    waiting, until = _waiting_now(new, at), at + LEASE
    wanted = set(islice(_in_turn(waiting, after), most))
    folded_before = at - BURST_LASTS
    leased = lanes.mark_due_and_lease(
        session, _dues(new.rows), wanted, token, at, until, folded_before=folded_before
    )
    for row in new.rows:
        row.update(NO_LEASE)
    for lane in leased:
        first = waiting[lane.tenant_id, lane.lane][0]
        first |= {"state": DeliveryState.SENDING, "message_key": f"client-{first['request_id']}"}
        first |= {"lease_token": token, "lease_until": until}
    heads = delivery_store.create_leased(session, new.rows)
    keys = ((lane.tenant_id, lane.lane) for lane in leased)
    return [
        replace(lane, head_id=heads.get(key), due=len(waiting[key]))
        for lane, key in zip(leased, keys, strict=True)
    ]


def _waiting_now(new: NewDeliveries, at: datetime) -> dict[LaneKey, list[dict[str, Any]]]:
    """Return what is to be sent now, by lane, where it goes one by one; in the order of its events."""
    waiting: dict[LaneKey, list[dict[str, Any]]] = defaultdict(list)
    crowded: set[LaneKey] = set()
    for row in new.rows:
        if row["state"] == DeliveryState.PENDING and row["next_attempt_at"] <= at:
            key = row["tenant_id"], row["lane"]
            waiting[key].append(row)
            if len(waiting[key]) > COALESCE_ABOVE or row["event_id"] in new.bulk_events:
                crowded.add(key)
    return {key: rows for key, rows in waiting.items() if key not in crowded}


def _in_turn(keys: Iterable[LaneKey], after: int) -> Iterator[LaneKey]:
    """Name lanes tenant by tenant in turn, starting after tenant `after`, one of each name."""
    turns: dict[int, int] = defaultdict(int)
    ranked: list[tuple[int, bool, int, LaneKey]] = []
    for key in keys:
        turns[key[0]] += 1
        ranked.append((turns[key[0]], key[0] <= after, key[0], key))
    names: set[str] = set()
    for *_, key in sorted(ranked):
        if key[1] not in names:  # two tenants may write in one space, but not at the same time
            names.add(key[1])
            yield key


def _dues(rows: Sequence[dict[str, Any]]) -> Iterable[tuple[int, str, datetime]]:
    still_open = (row for row in rows if row["state"] not in NEVER_SENT)
    return ((row["tenant_id"], row["lane"], row["next_attempt_at"]) for row in still_open)
