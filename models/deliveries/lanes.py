"""Claiming lanes: which spaces may be written now, by whom, and what leaves first in each.

The holder of a lane's lease alone writes in that space, so order and pace hold over all workers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.deliveries import lane_sql as statements


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane this worker holds. `head_id` is the delivery to leave next, None when nothing may leave yet."""

    tenant_id: int
    lane: str
    backoff: int
    head_id: int | None
    due: int


def mark_due(session: Session, dues: Iterable[tuple[int, str, datetime]]) -> None:
    """Note that these lanes owe something from a time on; a lane that was due earlier stays so."""
    earliest: dict[tuple[int, str], datetime] = {}
    for tenant_id, lane, at in dues:
        earliest[tenant_id, lane] = min(at, earliest.get((tenant_id, lane), at))
    # In the order of LOCK, so that two workers never wait for each other.
    ordered = sorted(earliest.items(), key=lambda item: (item[0][1], item[0][0]))
    rows = [{"tenant_id": t, "lane": lane, "due_at": at} for (t, lane), at in ordered]
    if rows:
        session.connection().execute(statements.MARK_DUE[_dialect(session)], rows)


def claim(
    session: Session, token: str, now: datetime, until: datetime, limit: int, after: int = 0
) -> list[ClaimedLane]:
    """Take up to `limit` lanes that are due and free, the tenants in turn, beginning behind `after`.

    They come in the order of that turn.
    """
    connection = session.connection()
    pairs = _apart(connection.execute(statements.CHOOSE, {"now": now, "most": limit, "after": after}))
    turn = {pair: place for place, pair in enumerate(pairs)}
    if pairs and _dialect(session) != "sqlite":
        pairs = _apart(connection.execute(statements.AT_HAND, {"pairs": pairs, "now": now}))
    if not pairs:
        return []
    lanes = [lane for _, lane in pairs]
    taken = {"lanes": lanes, "pairs": pairs, "now": now, "b_token": token, "b_until": until}
    connection.execute(statements.TAKE, taken)
    passed_before = now - statements.MOST_WAIT_BEHIND
    asked = {"lanes": lanes, "b_token": token, "now": now, "passed_before": passed_before}
    claimed = [ClaimedLane(*row) for row in connection.execute(statements.LOOK, asked)]
    return sorted(claimed, key=lambda lane: turn[lane.tenant_id, lane.lane])


def _apart(rows: Iterable[Any]) -> list[tuple[int, str]]:
    """Keep one lane of each space: two tenants may post there by webhook, but one at a time."""
    by_space: dict[str, int] = {}
    for tenant_id, lane in rows:
        by_space.setdefault(lane, tenant_id)
    return [(tenant_id, lane) for lane, tenant_id in by_space.items()]


def release(session: Session, rows: Sequence[dict[str, Any]], *, also_of: Collection[int] = ()) -> None:
    """Let lanes go that are held by their token.

    Each row has `b_tenant`, `b_lane`, `b_token`, `free_at` (when Chat lets the next write in), `not_before`
    and `backoff`. A lane is due again when its next open delivery is. Other tenants rest with the space.
    `also_of`: tenants that the same transaction will owe something; their lanes are locked along.
    """
    if not rows:
        return
    connection = session.connection()
    if _dialect(session) != "sqlite":  # a delivery that is added meanwhile is seen
        held: dict[str, Any] = {"lanes": sorted({row["b_lane"] for row in rows})}
        if also_of:
            connection.execute(statements.LOCK_ALONG, held | {"owners": sorted(also_of)}).all()
        else:
            connection.execute(statements.LOCK, held).all()
    connection.execute(statements.RELEASE, list(rows))
    written = [
        {"b_tenant": row["b_tenant"], "b_lane": row["b_lane"], "b_until": row["free_at"]}
        for row in rows
        if row["free_at"] is not None
    ]
    if written:
        connection.execute(statements.REST, written)


def renew(session: Session, tokens: Sequence[str], until: datetime) -> None:
    """Hold lanes and deliveries of these tokens longer: their sends are still under way."""
    for statement in statements.RENEW:
        session.connection().execute(statement, {"tokens": list(tokens), "b_until": until})


def heal(session: Session) -> int:
    """Mark lanes due that owe something but do not know it; return how many."""
    return int(session.connection().execute(statements.HEAL).rowcount)


def next_due(session: Session) -> datetime | None:
    """Return when the next lane may be written: due, rested, and held by nobody."""
    at: datetime | None = session.connection().execute(statements.NEXT_DUE[_dialect(session)]).scalar()
    return at


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
