"""Creates, claims and finishes deliveries; only the worker that holds the lease can finish them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from models.database.batch import BatchStatement, batch_insert, types_of
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.database.lists import one_of
from models.deliveries import lanes
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.reasons import FOR_PEOPLE
from models.tables.deliveries import IS_OPEN, OPEN_STATES, Attempt, Delivery, DeliveryState, as_literal
from models.tables.destinations import RECORD, Destination

COALESCE_ABOVE: Final = 3
MOST_COALESCED: Final = 1000  # finishing more holds up the door for too long on SQLite
_DELIVERIES: Any = Delivery.__table__
_C: Any = _DELIVERIES.c


def create_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert deliveries; an existing one (same event, rule and destination) stays as it is."""
    _insert(session, rows, returns_leased=False)


def create_leased(session: Session, rows: Sequence[dict[str, Any]]) -> dict[tuple[int, str], int]:
    """Insert deliveries as `create_deliveries` does, some of which are being sent under a lease already.

    Each row has message_key, lease_token and lease_until, too, all None where it is not leased; one of a lane
    is leased at most. Returns the ids of the leased ones that are new, by tenant and lane.
    """
    found = _insert(session, rows, returns_leased=True)
    return {(tenant_id, lane): made for made, tenant_id, lane, token in found if token is not None}


def write_insert(database: Database, columns: Sequence[str], *, returns_leased: bool) -> None:
    """Write the insert for rows of these columns ahead."""
    _insert_of(tuple(columns), returns_leased=returns_leased).write_for(database.engine.dialect)


def _insert(session: Session, rows: Sequence[dict[str, Any]], *, returns_leased: bool) -> list[Any]:
    insert = _insert_of(tuple(rows[0]), returns_leased=returns_leased) if rows else None
    return insert.execute(session, rows) if insert else []


@lru_cache(maxsize=16)
def _insert_of(columns: tuple[str, ...], *, returns_leased: bool) -> BatchStatement:
    """Build the insert for rows of these columns: all rows of a batch have the same."""
    key, own = ["tenant_id", "event_id", "rule_id", "destination_id"], _DELIVERIES.c

    def skip_existing(insert: Any) -> Any:
        insert = insert.on_conflict_do_nothing(index_elements=key)
        return (
            insert.returning(own.id, own.tenant_id, own.lane, own.lease_token) if returns_leased else insert
        )

    return batch_insert(_DELIVERIES, columns, skip_existing)


def count_coalesced(session: Session, tenant_id: int, message_key: str) -> int:
    """Count the deliveries that one message coalesces."""
    ((count,),) = _COUNT_COALESCED.rows(session, {"owner": tenant_id, "key": message_key})
    return int(count)


def claim_heads(session: Session, heads: Sequence[ClaimedDelivery], token: str, until: datetime) -> None:
    """Lease heads for sending and fix their message key, before the first attempt and permanently.

    A head that already has a message key is leased with all that its message coalesces.
    """
    # Not `(tenant_id, id) IN (VALUES ..)`: SQLite 3.40 finds nothing that way if `id` is the rowid.
    lease = {"owners": list({each.tenant_id for each in heads}), "b_token": token, "b_until": until}
    new = [each.id for each in heads if each.message_key is None]
    retried = [each.message_key for each in heads if each.message_key is not None]
    if new:
        _CLAIM_NEW.rows(session, {**lease, "ids": new})
    if retried:
        _CLAIM_RETRIED.rows(session, {**lease, "keys": retried})


def _claim_statement(*which: Any, **further: Any) -> DirectStatement:
    return DirectStatement(
        update(_DELIVERIES)
        .where(one_of(_C.tenant_id, "owners"), *which)
        .values(
            state=DeliveryState.SENDING,
            lease_token=bindparam("b_token"),
            lease_until=bindparam("b_until", type_=_C.lease_until.type),
            lease_losses=_LEASE_LOSSES,
            **further,
        )
    )


# A delivery still in state `sending` was left by a worker whose lease ran out.
_LEASE_LOSSES: Final = _C.lease_losses + case((_C.state == DeliveryState.SENDING, 1), else_=0)
_CLAIM_NEW = _claim_statement(
    one_of(_C.id, "ids"),
    message_key=func.coalesce(_C.message_key, literal("client-") + _C.request_id),
)
_CLAIM_RETRIED = _claim_statement(
    one_of(_C.message_key, "keys"),
    _C.state.in_([as_literal(state) for state in OPEN_STATES]),
)


def joining(head: ClaimedDelivery, now: datetime) -> dict[str, Any]:
    """Return the values of `JOINABLE` for what may join the message of a head, and the head."""
    return {"owner": head.tenant_id, "in_lane": head.lane, "destination": head.destination_id, "now": now}


def coalesce(
    session: Session,
    head: ClaimedDelivery,
    token: str,
    now: datetime,
    until: datetime,
    ids: Sequence[int] | None = None,
) -> int:
    """Lease a head and coalesce what is due behind it into its message; return how many deliveries.

    All that is `JOINABLE` does, or only those of `ids`; those beyond `MOST_COALESCED` join the next message,
    so that no statement grows with a backlog.
    """
    lease = {"key": f"client-{head.request_id}", "token": token, "until": until}
    values = {**joining(head, now), "head": head.id, "others": MOST_COALESCED - 1, **lease}
    if ids is None:
        return len(_COALESCE.rows(session, values))
    return len(_COALESCE_OF.rows(session, {**values, "ids": ids}))


# What may join the message of a head. Left out are urgent deliveries, test cards, notices and summaries,
# those of another destination, and those that were attempted before.
JOINABLE: Final = and_(
    _C.tenant_id == bindparam("owner"),
    _C.lane == bindparam("in_lane"),
    _C.destination_id.is_not_distinct_from(bindparam("destination", type_=_C.destination_id.type)),
    _C.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
    _C.next_attempt_at <= bindparam("now", type_=_C.next_attempt_at.type),
    func.coalesce(_C.message_key, "") == "",  # `IS NULL` tempts SQLite into the index of keys
    _C.is_urgent.is_(False),
    _C.is_test.is_(False),
    _C.notice.is_(None),
    IS_OPEN,
)
_COUNT_COALESCED: Final = DirectStatement(
    select(func.count(_C.id)).where(_C.tenant_id == bindparam("owner"), _C.message_key == bindparam("key"))
)


def _coalesce_statement(*which: Any) -> DirectStatement:
    longest_due = (
        select(_C.id)
        .where(JOINABLE, _C.id != bindparam("head"), *which)
        .order_by(_C.next_attempt_at, _C.id)
        .limit(bindparam("others"))
        .subquery()
    )
    head = bindparam("head", type_=_C.id.type)
    return DirectStatement(
        update(_DELIVERIES)
        .where(JOINABLE, _C.id.in_(union_all(select(longest_due.c.id), select(head))))
        .values(
            state=DeliveryState.SENDING,
            message_key=bindparam("key"),
            lease_token=bindparam("token"),
            lease_until=bindparam("until", type_=_C.lease_until.type),
            lease_losses=_LEASE_LOSSES,
        )
        .returning(_C.id)
    )


_COALESCE: Final = _coalesce_statement()
_COALESCE_OF: Final = _coalesce_statement(one_of(_C.id, "ids"))


def finish(session: Session, rows: Sequence[dict[str, Any]]) -> set[int]:
    """Store the results of messages; return the ids of the deliveries that got theirs.

    Each row has tenant_id, message_key, lease_token and the new values: state, reason, attempts,
    waiting_since, next_attempt_at, finished_at, message_name, resent_as. Deliveries that were leased under
    another token meanwhile stay as they are.
    """
    return {row[0] for row in _FINISH.execute(session, rows)} if rows else set()


def finish_late(session: Session, rows: Sequence[dict[str, Any]]) -> set[int]:
    """Store the results of messages that arrived although their lease was lost; return ids as `finish` does.

    A worker that stood still before its request sent it all the same: what people see is recorded, also where
    it was held, skipped or given up meanwhile. Whoever sends the message just now records that, since Chat
    knows it by its id; what a mute or a digest has gathered is shown by its summary.
    """
    return {row[0] for row in _FINISH_LATE.execute(session, rows)} if rows else set()


_LEASE: Final = ("tenant_id", "message_key", "lease_token")
_RESULTS: Final = (
    "state",
    "reason",
    "attempts",
    "waiting_since",
    "next_attempt_at",
    "finished_at",
    "message_name",
    "resent_as",
)
_FINISH: Final = BatchStatement(
    types_of(_DELIVERIES, (*_LEASE, *_RESULTS)),
    lambda new, _: (
        update(_DELIVERIES)
        .where(
            *(_DELIVERIES.c[name] == new.c[name] for name in _LEASE),
            _DELIVERIES.c.state == DeliveryState.SENDING,
        )
        .values(lease_token=None, lease_until=None, **{name: new.c[name] for name in _RESULTS})
        .returning(_DELIVERIES.c.id)
    ),
)
_NOT_SHOWN: Final = (
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.SKIPPED,
    DeliveryState.DEAD,
)
_FINISH_LATE: Final = BatchStatement(
    types_of(_DELIVERIES, (*_LEASE, *_RESULTS)),
    lambda new, _: (
        update(_DELIVERIES)
        .where(
            *(_DELIVERIES.c[name] == new.c[name] for name in _LEASE[:2]),
            or_(*(_DELIVERIES.c.state == each for each in _NOT_SHOWN)),
            _DELIVERIES.c.gathered_for.is_(None),
        )
        .values({name: new.c[name] for name in _RESULTS})
        .returning(_DELIVERIES.c.id)
    ),
)
_ATTEMPT: Final = batch_insert(
    Attempt.__table__,
    ("tenant_id", "delivery_id", "outcome", "http_status", "detail", "took_ms", "created_at"),
)


def add_attempts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert attempts: tenant_id, delivery_id, outcome, http_status, detail, took_ms, created_at."""
    if rows:
        _ATTEMPT.execute(session, rows)


def replay(session: Session, tenant_id: int, ids: Sequence[int], now: datetime) -> list[Delivery]:
    """Make dead or skipped deliveries due at once, with all retries available again; return them.

    A coalesced message is replayed as a whole. It keeps its key: if Chat has the message, it is found by it.
    What goes to people of a record is addressed anew: `models.recipients` finds them as they are now.
    """
    replayed = list(session.scalars(with_their_messages(session, tenant_id, ids).with_for_update()))
    for delivery in replayed:
        delivery.state, delivery.reason, delivery.attempts = DeliveryState.PENDING, "", 0
        delivery.lease_losses, delivery.waiting_since, delivery.finished_at = 0, None, None
        delivery.next_attempt_at = now
    to_people = _address_anew(session, tenant_id, replayed, now)
    session.flush()
    sent = [delivery for delivery in replayed if delivery.destination_id not in to_people]
    lanes.mark_due(session, [(tenant_id, delivery.lane, now) for delivery in sent])
    return replayed


def _address_anew(
    session: Session, tenant_id: int, replayed: Sequence[Delivery], now: datetime
) -> set[int | None]:
    """Let those to people of a record wait to be addressed; return the ids of their destinations."""
    ids = {delivery.destination_id for delivery in replayed}
    of_record = (Destination.tenant_id == tenant_id, Destination.kind == RECORD, Destination.id.in_(ids))
    found: set[int | None] = set(session.scalars(select(Destination.id).where(*of_record)))
    for delivery in replayed:
        if delivery.destination_id in found:
            delivery.state, delivery.reason = DeliveryState.DIGESTED, FOR_PEOPLE
            delivery.gathered_for, delivery.finished_at = None, now
            delivery.waiting_since = now  # it is given up so long after this
    return found


def with_their_messages(session: Session, tenant_id: int, ids: Sequence[int]) -> Select[Delivery]:
    """Select dead or skipped deliveries and those coalesced into the same messages, oldest first."""
    ended = and_(
        Delivery.tenant_id == tenant_id, Delivery.state.in_((DeliveryState.DEAD, DeliveryState.SKIPPED))
    )
    keys = select(Delivery.message_key).where(ended, Delivery.id.in_(ids), Delivery.message_key.is_not(None))
    coalesced = Delivery.message_key.in_(session.scalars(keys.distinct()).all())
    return select(Delivery).where(ended, or_(Delivery.id.in_(ids), coalesced)).order_by(Delivery.id)
