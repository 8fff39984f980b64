"""Reads or claims new events and closes them, tenant by tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Integer, and_, bindparam, case, func, literal_column, or_, select, text, true, update
from sqlalchemy.orm import Session

from models.database.batch import BatchStatement, types_of
from models.database.direct import DirectStatement
from models.database.lease import is_free
from models.database.lists import one_of
from models.events.facts import NO_FACTS, EventFacts
from models.pipedrive.change import Change
from models.tables.accounts import Tenant
from models.tables.events import Event, EventState

MOST_TENANTS: Final = 32
# A loose index scan over ix_events_new: the tenants that have something new, without reading their backlog.
_TENANTS_WITH_NEW = DirectStatement(
    text(
        """
    WITH RECURSIVE waiting(tenant_id) AS (
        SELECT (SELECT min(tenant_id) FROM events WHERE state = 'new')
        UNION ALL
        SELECT (SELECT min(e.tenant_id) FROM events e
                WHERE e.state = 'new' AND e.tenant_id > waiting.tenant_id)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL
    """,
    ).columns(tenant_id=Integer)
)


@dataclass(slots=True)
class ClaimedEvent:
    """A new event that this worker reads; fan-out fills in the last five fields.

    `change` is what it means, None when `state` and `outcome` say why it means nothing. `event_type` is empty
    then.
    """

    id: int
    tenant_id: int
    raw: bytes
    received_at: datetime
    lease_losses: int
    change: Change | None = None
    state: str = EventState.DONE
    event_type: str = ""
    outcome: str = ""
    facts: EventFacts = NO_FACTS


def tenants_with_new(session: Session) -> list[int]:
    """Name the tenants that have new events, in the order of their ids."""
    return [tenant_id for (tenant_id,) in _TENANTS_WITH_NEW.rows(session, {})]


def newest_id(session: Session) -> int:
    """Return the id of the newest event of all tenants, 0 if there is none."""
    return _NEWEST.rows(session, {})[0][0] or 0


def read_new(session: Session, most: int) -> list[tuple[ClaimedEvent, bool]]:
    """Return up to `most` new events of all tenants, and whether each was leased before."""
    rows = _READ.rows(session, {"most": most})
    return [(ClaimedEvent(*row[:5]), row[5] is not None) for row in rows]


def claim_new(  # noqa: PLR0913 - whose, by whom, when, how many
    session: Session,
    tenants: Sequence[int],
    token: str,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    lapsed_first: bool = False,
) -> list[ClaimedEvent]:
    """Claim up to `limit` new events, an equal share for each tenant, oldest first.

    One worker at a time fans out a tenant's events, so that their cards keep their order: a tenant whose
    events another worker has leased is left out. Different tenants are fanned out side by side.

    An event whose lease ran out may have killed its worker, so it is claimed alone and never with events of
    others: when these tenants have no others, or before them if `lapsed_first`.
    """
    served: Sequence[int] = tenants[:MOST_TENANTS]
    if session.get_bind().dialect.name != "sqlite":  # which has one writer at a time
        values = {"tenants": list(served), "now": now}
        served = [tenant_id for (tenant_id,) in _LOCK_FREE_TENANTS.rows(session, values)]
    share = max(1, limit // max(1, len(served)))
    fresh: list[int] = []
    lapsed: list[int] = []
    oldest = _OLDEST.rows(session, {"tenants": served, "share": share})
    for _, group in groupby(oldest, key=itemgetter(0)):
        first = [(event_id, until) for _, event_id, until in group]
        leases = [until for _, until in first if until is not None]
        if any(until > now for until in leases):
            continue  # another worker has claimed them a moment ago
        (lapsed if leases else fresh).extend(event_id for event_id, _ in first[: 1 if leases else None])
    chosen = lapsed[:1] if lapsed and (lapsed_first or not fresh) else fresh
    if not chosen:
        return []
    rows = _CLAIM.rows(session, {"ids": chosen, "now": now, "b_token": token, "b_until": until})
    return sorted((ClaimedEvent(*row) for row in rows), key=lambda event: event.id)


def renew(session: Session, token: str, until: datetime) -> None:
    """Extend the lease of new events under this token: they are still being read."""
    session.connection().execute(_RENEW, {"b_token": token, "b_until": until})


def give_back(session: Session, token: str, events: Sequence[ClaimedEvent]) -> None:
    """Release events that were claimed and not read, so that they are claimed again at once."""
    if events:
        values = {"ids": [event.id for event in events], "b_token": token}
        session.connection().execute(_GIVE_BACK, values)


def close(session: Session, token: str, events: Sequence[ClaimedEvent]) -> set[int]:
    """Store the outcomes of events still leased under this token; return the ids of those.

    Without a token those of events that are still new: who stores first has read them.
    """
    rows = [
        {
            "tenant_id": event.tenant_id,
            "id": event.id,
            "lease_token": token,
            "state": event.state,
            "event_type": event.event_type,
            "outcome": event.outcome[:500].replace("\0", ""),  # PostgreSQL takes no NUL
            "object_key": event.facts.object_key,
            "kind": event.facts.kind,
            "amount": event.facts.amount,
            "currency": event.facts.currency,
            "who_id": event.facts.who_id,
            "is_bulk": event.facts.is_bulk,
        }
        for event in events
    ]
    statement = _CLOSE_LEASED if token else _CLOSE_NEW
    return {row[0] for row in statement.execute(session, rows)} if rows else set()


# Statements are built once: to build one costs more than to run it. 'new' is a literal in them,
# so that the planner uses the partial index.
_EVENTS: Any = Event.__table__
_TENANTS: Any = Tenant.__table__
_IS_NEW: Any = _EVENTS.c.state == literal_column(f"'{EventState.NEW}'")
_TIME: Any = _EVENTS.c.lease_until.type
_NOW: Any = bindparam("now", type_=_TIME)
_IS_FREE: Any = is_free(_EVENTS.c.lease_until, _NOW)

# A worker leases the oldest events and closes them together, so the lease of the very oldest decides.
_LEASED_UNTIL = (
    select(_EVENTS.c.lease_until)
    .where(_EVENTS.c.tenant_id == _TENANTS.c.id, _IS_NEW)
    .order_by(_EVENTS.c.id)
    .limit(literal_column("1"))
    .correlate(_TENANTS)
    .scalar_subquery()
)
_LOCK_FREE_TENANTS = DirectStatement(
    select(_TENANTS.c.id)
    .where(
        one_of(_TENANTS.c.id, "tenants"),
        or_(_LEASED_UNTIL.is_(None), _LEASED_UNTIL <= _NOW),
    )
    # key_share: inserts of events of this tenant neither wait for us nor make us skip the tenant.
    .with_for_update(of=_TENANTS, skip_locked=True, key_share=True)
)


def _select_oldest(*, is_sqlite: bool) -> Any:
    """The first events of each tenant; SQLite, which has no LATERAL, finds them by their ids."""
    old = _EVENTS.alias("old")
    is_new = old.c.state == literal_column(f"'{EventState.NEW}'")
    first = select(old.c.id, old.c.lease_until).where(old.c.tenant_id == _TENANTS.c.id, is_new)
    first = first.order_by(old.c.id).limit(bindparam("share", type_=Integer)).correlate(_TENANTS)
    if is_sqlite:
        found, matches = _EVENTS, _EVENTS.c.id.in_(first.with_only_columns(old.c.id))
    else:
        found, matches = first.lateral("first"), true()
    chosen = select(_TENANTS.c.id, found.c.id, found.c.lease_until).select_from(_TENANTS.join(found, matches))
    return chosen.where(one_of(_TENANTS.c.id, "tenants")).order_by(_TENANTS.c.id, found.c.id)


_NEWEST: Final = DirectStatement(select(func.max(_EVENTS.c.id)))
_READ: Final = DirectStatement(
    select(
        _EVENTS.c.id,
        _EVENTS.c.tenant_id,
        _EVENTS.c.raw,
        _EVENTS.c.received_at,
        _EVENTS.c.lease_losses,
        _EVENTS.c.lease_until,
    )
    # In the order of ix_events_new, so that no other index is tempting.
    .where(_IS_NEW, _EVENTS.c.tenant_id > literal_column("0"))
    .order_by(_EVENTS.c.tenant_id, _EVENTS.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OLDEST: Final = DirectStatement(
    {"sqlite": _select_oldest(is_sqlite=True), "postgresql": _select_oldest(is_sqlite=False)}
)
_CLAIM = DirectStatement(
    update(_EVENTS)
    .where(one_of(_EVENTS.c.id, "ids"), _IS_NEW, _IS_FREE)
    .values(
        lease_token=bindparam("b_token"),
        lease_until=bindparam("b_until", type_=_TIME),
        # A lease that ran out means that its worker died.
        lease_losses=_EVENTS.c.lease_losses + case((_EVENTS.c.lease_until <= _NOW, 1), else_=0),
    )
    .returning(
        _EVENTS.c.id, _EVENTS.c.tenant_id, _EVENTS.c.raw, _EVENTS.c.received_at, _EVENTS.c.lease_losses
    )
)
_IS_MINE: Any = and_(_IS_NEW, _EVENTS.c.lease_token == bindparam("b_token"))
_RENEW = update(_EVENTS).where(_IS_MINE).values(lease_until=bindparam("b_until", type_=_TIME))
_GIVE_BACK = (
    update(_EVENTS).where(one_of(_EVENTS.c.id, "ids"), _IS_MINE).values(lease_token=None, lease_until=None)
)
_OUTCOME: Final = (
    "state",
    "event_type",
    "outcome",
    "object_key",
    "kind",
    "amount",
    "currency",
    "who_id",
    "is_bulk",
)


def _closing(key: Sequence[str]) -> BatchStatement:
    def build(new: Any, _dialect: Any) -> Any:
        same = (_EVENTS.c[name] == new.c[name] for name in key)
        values = {name: new.c[name] for name in _OUTCOME}
        closed = update(_EVENTS).where(*same, _IS_NEW).values(lease_until=None, **values)
        return closed.returning(_EVENTS.c.id)

    return BatchStatement(types_of(_EVENTS, (*key, *_OUTCOME)), build)


_CLOSE_NEW: Final = _closing(("tenant_id", "id"))
_CLOSE_LEASED: Final = _closing(("tenant_id", "id", "lease_token"))
