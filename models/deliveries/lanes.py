"""Claims and releases lanes: which spaces may be written now, by which worker, and what is sent first.

Only the worker that has a lane's lease writes in that space, so order and pace hold over all workers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from models.database.lease import is_free
from models.deliveries import lane_sql as statements
from models.tables.deliveries import Lane


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane this worker has leased.

    `head_id` is the delivery to send next, None if none may be sent yet. `due` is how many deliveries are
    due, counted up to `lane_sql.COUNT_CAP`. `backoff` counts the 429 responses in a row; for `folded_at` and
    `contention` see `Lane`.
    """

    tenant_id: int
    lane: str
    backoff: int
    head_id: int | None
    due: int
    folded_at: datetime | None = None
    contention: int = 0


def mark_due(session: Session, dues: Iterable[tuple[int, str, datetime]]) -> None:
    """Make lanes due at these times (tenant, lane, time); a lane that is due earlier stays so."""
    if rows := _earliest(dues):
        statements.MARK_DUE.execute(session, rows)


def mark_due_and_lease(  # noqa: PLR0913 - which, by whom, from when to when
    session: Session,
    dues: Iterable[tuple[int, str, datetime]],
    wanted: Collection[tuple[int, str]],
    token: str,
    now: datetime,
    until: datetime,
    *,
    folded_before: datetime,
) -> list[ClaimedLane]:
    """Make lanes due as `mark_due` does, and lease those `wanted` that are free and owe nothing else.

    Not those whose last summary went after `folded_before`: they gather a burst. No two of the wanted ones
    may be of the same name. Returns the leased ones, without a head.
    """
    rows = _earliest(dues)
    for row in rows:
        is_wanted = (row["tenant_id"], row["lane"]) in wanted
        row |= {"lease_token": token if is_wanted else None, "lease_until": until if is_wanted else None}
    values = {"now": now, "folded_before": folded_before}
    found = statements.MARK_DUE_AND_LEASE.execute(session, rows, **values) if rows else []
    return [
        ClaimedLane(tenant_id, lane, backoff, None, 1, folded_at, contention)
        for tenant_id, lane, lease_token, backoff, folded_at, contention in found
        if lease_token == token
    ]


def _earliest(dues: Iterable[tuple[int, str, datetime]]) -> list[dict[str, Any]]:
    """Return one row for each lane, in the order of LOCK, so that two workers never wait for each other."""
    earliest: dict[tuple[int, str], datetime] = {}
    for tenant_id, lane, at in dues:
        earliest[tenant_id, lane] = min(at, earliest.get((tenant_id, lane), at))
    ordered = sorted(earliest.items(), key=lambda item: (item[0][1], item[0][0]))
    return [{"tenant_id": t, "lane": lane, "due_at": at} for (t, lane), at in ordered]


def count_due(session: Session, now: datetime, most: int) -> int:
    """Count the lanes that may be written now, up to `most`."""
    found: int = statements.COUNT_DUE.rows(session, {"now": now, "most": most})[0][0]
    return found


def claim(
    session: Session, token: str, now: datetime, until: datetime, limit: int, after: int = 0
) -> list[ClaimedLane]:
    """Lease up to `limit` lanes that are due and free, tenants in turn, starting after tenant `after`.

    Returns them in that order.
    """
    return claim_chosen(session, token, now, until, choose(session, now, limit, after))


def choose(session: Session, now: datetime, limit: int, after: int = 0) -> list[tuple[int, str]]:
    """Return up to `limit` lanes (tenant, lane) that are due and free, tenants in turn after `after`."""
    values = {"now": now, "most": limit, "after": after}
    return one_per_space(statements.CHOOSE.rows(session, values))


def claim_chosen(
    session: Session, token: str, now: datetime, until: datetime, pairs: list[tuple[int, str]]
) -> list[ClaimedLane]:
    """Lease those of these lanes (tenant, lane) that are still free; return them in the same order."""
    order = {pair: index for index, pair in enumerate(pairs)}
    if pairs and _dialect_name(session) != "sqlite":
        pairs = one_per_space(statements.LOCK_FREE.rows(session, {"pairs": pairs, "now": now}))
    if not pairs:
        return []
    lanes = [lane for _, lane in pairs]
    values = {"lanes": lanes, "pairs": pairs, "now": now, "b_token": token, "b_until": until}
    statements.CLAIM.rows(session, values)
    passed_before = now - statements.MOST_WAIT_BEHIND
    values = {"lanes": lanes, "b_token": token, "now": now, "passed_before": passed_before}
    claimed = [ClaimedLane(*row) for row in statements.READ_CLAIMED.rows(session, values)]
    return sorted(claimed, key=lambda lane: order[lane.tenant_id, lane.lane])


def one_per_space(rows: Iterable[Any]) -> list[tuple[int, str]]:
    """Keep one lane of each space: two tenants may post there by webhook, but not at the same time.

    One that has only named a space so far (`Lane.is_shared`) shares it with nobody.
    """
    by_space: dict[tuple[int | None, str], tuple[int, str]] = {}
    for tenant_id, lane, is_shared in rows:
        by_space.setdefault((None if is_shared else tenant_id, lane), (tenant_id, lane))
    return list(by_space.values())


def release(
    session: Session,
    rows: Sequence[dict[str, Any]],
    *,
    also_of: Collection[int] = (),
    beside: Collection[str] = (),
) -> None:
    """Release lanes that are leased under their token.

    Each row has `tenant_id`, `lane`, `lease_token`, `free_at` (when Chat accepts the next write),
    `not_before`, `backoff`, `contention`, `folded_at`, and `is_accepted` (Chat accepted a message there). A
    lane is due again when its next open delivery is, and not before `not_before`. Lanes of other tenants in
    the same space wait until `free_at`, too. `beside` are lanes that the same transaction will change, and
    `also_of` tenants whose lanes it may change: these are locked as well.
    """
    if not rows:
        return
    written = [row for row in rows if row["free_at"] is not None]
    if _dialect_name(session) != "sqlite":  # so that a delivery added meanwhile is seen
        names: dict[str, Any] = {"lanes": sorted({*(row["lane"] for row in rows), *beside})}
        if also_of:
            locked = statements.LOCK_WITH_TENANTS.rows(session, names | {"owners": sorted(also_of)})
        else:
            locked = statements.LOCK.rows(session, names)
        written = _shared_with_others(written, locked)
    statements.RELEASE.execute(session, rows)
    if written:
        statements.REST.execute(session, written)


def _shared_with_others(rows: Sequence[dict[str, Any]], known: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the rows of lanes that are among the `known` ones (tenant, lane) of another tenant, too."""
    owners = defaultdict[str, set[int]](set)
    for tenant_id, lane in known:
        owners[lane].add(tenant_id)
    return [row for row in rows if not owners[row["lane"]] <= {row["tenant_id"]}]


def rest(session: Session, tenant_id: int, lane: str, until: datetime) -> None:
    """Let nothing be written in a lane until then; other tenants who write in the same space go on."""
    values = {"b_tenant": tenant_id, "b_lane": lane, "b_until": until}
    session.connection().execute(statements.REST_OWN, values)


def renew(session: Session, tokens: Sequence[str], until: datetime) -> None:
    """Extend the leases of lanes under these tokens: their deliveries are still being sent.

    Deliveries are leased by their token, as long as their lane is.
    """
    session.connection().execute(statements.RENEW, {"tokens": list(tokens), "b_until": until})


def oldest_due(session: Session) -> datetime | None:
    """Return since when the oldest open delivery is due, also while its lane is written, rests or hangs.

    A time to come when nothing is due. The session sees all tenants.
    """
    at: datetime | None = session.connection().execute(statements.OLDEST_DUE).scalar()
    return at


def may_write_beside(row: Any, at: datetime | Any) -> ColumnElement[bool]:
    """Hold for rows with a `tenant_id` and a `lane` that may be written now and has no delivery due.

    As a value, not as a join: PostgreSQL would begin with all lanes where it knows nothing of the rows yet.
    """
    may_be_written = and_(
        or_(Lane.due_at.is_(None), Lane.due_at > at),
        or_(Lane.free_at.is_(None), Lane.free_at <= at),
        is_free(Lane.lease_until, at),
    )
    of_row = and_(Lane.tenant_id == row.tenant_id, Lane.lane == row.lane)
    return select(may_be_written).where(of_row).scalar_subquery()


def heal(session: Session) -> int:
    """Set the missing due time of lanes with open deliveries; return how many."""
    return int(session.connection().execute(statements.HEAL).rowcount)


def next_due(session: Session) -> datetime | None:
    """Return when the next lane may be written: due, its pause over, and leased by no worker."""
    rows = statements.NEXT_DUE.rows(session, {})
    return rows[0][0] if rows else None


def _dialect_name(session: Session) -> str:
    return session.get_bind().dialect.name
