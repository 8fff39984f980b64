"""The SQL statements of lanes, each built once, because building one costs more than running it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Integer,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from models.database.batch import BatchStatement, batch_insert, types_of
from models.database.direct import DirectStatement
from models.database.lease import is_free
from models.database.lists import one_of, pair_one_of
from models.tables.deliveries import IS_OPEN, Delivery, DeliveryState, Lane, as_literal

COUNT_CAP: Final = 5  # more than three are coalesced; counting further would read the whole backlog
MOST_WAIT_BEHIND: Final = timedelta(seconds=60)
MOST_FAILED: Final = 100  # in a lane within that time: Chat takes one write a second

_L: Any = Lane.__table__
_D: Any = Delivery.__table__
_TIME: Any = _L.c.due_at.type


def _time_param(name: str) -> Any:
    return bindparam(name, type_=_TIME)


NOW: Final = _time_param("now")
IS_FREE: Final = is_free(_L.c.lease_until, NOW)
IS_RESTED: Final = or_(_L.c.free_at.is_(None), _L.c.free_at <= NOW)
IS_A_PAIR: Final = pair_one_of(_L.c.tenant_id, _L.c.lane, "pairs")
# These conditions repeat word for word what the partial indexes say; SQLite uses them for nothing else.
IS_STARTED: Final = _D.c.state.in_(
    [as_literal(state) for state in (DeliveryState.PENDING, DeliveryState.SENDING)]
)
IS_IN_LANE: Final = and_(_D.c.tenant_id == _L.c.tenant_id, _D.c.lane == _L.c.lane)
_OF_LANE: Final = and_(IS_IN_LANE, IS_OPEN)


def _upsert_due(insert: Any) -> Any:
    new = insert.excluded.due_at
    is_sooner = or_(_L.c.due_at.is_(None), _L.c.due_at > new)
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "lane"], set_={"due_at": case((is_sooner, new), else_=_L.c.due_at)}
    )


def select_next_due(latest: Any, *conditions: Any) -> Any:
    """When the next lane may be written: due, its pause over, and leased by no worker."""
    when = latest(
        _L.c.due_at,
        func.coalesce(_L.c.free_at, _L.c.due_at),
        func.coalesce(_L.c.lease_until, _L.c.due_at),
        type_=_TIME,
    )
    at = when.label("at")
    return select(at).where(_L.c.due_at.is_not(None), *conditions).order_by(at).limit(literal_column("1"))


MARK_DUE: Final = batch_insert(_L, ("tenant_id", "lane", "due_at"), _upsert_due)


def _upsert_leased(insert: Any) -> Any:
    """As `_upsert_due`, and lease a lane for which a token is given, if it is free and owes nothing else.

    A lane that gathers a burst is left to `CLAIM`, which counts what waits there.
    """
    new = insert.excluded
    is_calm = or_(_L.c.folded_at.is_(None), _L.c.folded_at <= _time_param("folded_before"))
    owes_nothing = and_(new.lease_token.is_not(None), _L.c.due_at.is_(None), is_calm)
    may_lease = and_(owes_nothing, IS_FREE, IS_RESTED, ~_is_written_by_another())
    is_sooner = or_(_L.c.due_at.is_(None), _L.c.due_at > new.due_at)
    changed = {
        "due_at": case((is_sooner, new.due_at), else_=_L.c.due_at),
        "lease_token": case((may_lease, new.lease_token), else_=_L.c.lease_token),
        "lease_until": case((may_lease, new.lease_until), else_=_L.c.lease_until),
    }
    insert = insert.on_conflict_do_update(index_elements=["tenant_id", "lane"], set_=changed)
    return insert.returning(
        _L.c.tenant_id, _L.c.lane, _L.c.lease_token, _L.c.backoff, _L.c.folded_at, _L.c.contention
    )


NEXT_DUE: Final = DirectStatement(
    {"sqlite": select_next_due(func.max), "postgresql": select_next_due(func.greatest)}
)


def select_round_robin(*conditions: Any, kinds: Sequence[Any] = ()) -> Any:
    """Lanes that may be written, tenants in turn, starting after the one served last; in turn for each kind.

    Ordered by due time, a tenant with a backlog would always be first, and the only one when
    the quota grants one write at a time.
    """
    turn = func.row_number().over(partition_by=(_L.c.tenant_id, *kinds), order_by=(_L.c.due_at, _L.c.lane))
    waiting = (
        select(_L.c.tenant_id, _L.c.lane, _L.c.due_at, _L.c.is_shared, turn.label("turn"), *kinds)
        .where(_L.c.due_at <= NOW, IS_RESTED, IS_FREE, *conditions)
        .subquery()
    )
    served = case((waiting.c.tenant_id > bindparam("after", type_=Integer), 0), else_=1)
    further = [waiting.c[each.name] for each in kinds]
    chosen = select(waiting.c.tenant_id, waiting.c.lane, waiting.c.is_shared, *further)
    chosen = chosen.order_by(waiting.c.turn, served, waiting.c.tenant_id)
    return chosen.limit(bindparam("most", type_=Integer))


def _is_written_by_another() -> Any:
    """Whether another tenant is writing in the same space by its own webhook now.

    The lane itself is named in text: SQLAlchemy would add it to the FROM where no statement encloses it.
    """
    other = _L.alias("other")
    own: Sequence[Any] = [literal_column(f"lanes.{name}") for name in ("lane", "tenant_id", "is_shared")]
    same = and_(other.c.lane == own[0], other.c.tenant_id != own[1], other.c.lease_until > NOW)
    same = and_(same, other.c.is_shared, own[2])
    return select(other.c.lane).where(same).exists()


CHOOSE: Final = DirectStatement(select_round_robin())
MARK_DUE_AND_LEASE: Final = batch_insert(
    _L, ("tenant_id", "lane", "due_at", "lease_token", "lease_until"), _upsert_leased
)
_DUE_NOW: Any = select(literal_column("1").label("one")).where(_L.c.due_at <= NOW, IS_RESTED, IS_FREE)
COUNT_DUE: Final = DirectStatement(
    select(func.count()).select_from(_DUE_NOW.limit(bindparam("most", type_=Integer)).subquery())
)

# PostgreSQL: skip lanes that another transaction writes; waiting for them could deadlock.
LOCK_FREE: Final = DirectStatement(
    select(_L.c.tenant_id, _L.c.lane, _L.c.is_shared)
    .where(IS_A_PAIR, IS_FREE, IS_RESTED)
    .with_for_update(skip_locked=True)
)
CLAIM: Final = DirectStatement(
    update(_L)
    .where(
        one_of(_L.c.lane, "lanes"),  # uses the index; the pairs narrow it down
        IS_A_PAIR,
        IS_FREE,
        IS_RESTED,  # another worker may have written there since the lane was chosen
        ~_is_written_by_another(),
    )
    .values(lease_token=bindparam("b_token"), lease_until=_time_param("b_until"))
)


def first_in_lane(order: tuple[Any, ...], *conditions: Any, among: int = 1) -> Any:
    """Select the ids of the first deliveries of a lane in the order of an index, so that no more are read."""
    found = select(_D.c.id).where(IS_IN_LANE, *conditions).order_by(*order, _D.c.id)
    return select(found.correlate(_L).limit(literal_column(str(among))).subquery().c.id)


def has_failed_since() -> tuple[Any, ...]:
    """Hold for what first failed after `passed_before`: later ones wait for it."""
    since = _D.c.waiting_since
    return (IS_STARTED, since.is_not(None), since > _time_param("passed_before"))


def _select_claimed() -> Any:
    """The head of each lane, and how many of its deliveries are due.

    The head is the first delivery that may be sent or must be waited for. One that waits for its retry blocks
    the later ones for a minute at most; then they overtake it. One held by quiet hours blocks none. So it is
    the oldest of those that never failed, of those that failed within the last minute, and of what is due;
    each is a step in an index, however many deliveries wait. In that minute an urgent one may have failed
    before an older one did, so all that failed are looked at.
    """
    never_failed = first_in_lane((), IS_STARTED, _D.c.waiting_since.is_(None))
    failed = first_in_lane((_D.c.waiting_since,), *has_failed_since(), among=MOST_FAILED)
    longest_due = first_in_lane((_D.c.next_attempt_at,), IS_OPEN, _D.c.next_attempt_at <= NOW)
    heads = union_all(never_failed, failed, longest_due).subquery()
    head = select(func.min(heads.c.id)).correlate(_L)
    due: Any = select(literal_column("1").label("one")).where(_OF_LANE, _D.c.next_attempt_at <= NOW)
    capped = due.correlate(_L).limit(literal_column(str(COUNT_CAP))).subquery()
    count = select(func.count()).select_from(capped).scalar_subquery()
    rest = (_L.c.folded_at, _L.c.contention)
    return select(_L.c.tenant_id, _L.c.lane, _L.c.backoff, head.scalar_subquery(), count, *rest).where(
        one_of(_L.c.lane, "lanes"), _L.c.lease_token == bindparam("b_token")
    )


READ_CLAIMED: Final = DirectStatement(_select_claimed())

_IS_NAMED: Final = one_of(_L.c.lane, "lanes")
_IS_OWNED: Final = one_of(_L.c.tenant_id, "owners")


def _select_for_update(which: Any) -> Any:
    """In the order Python sorts, so that two workers never wait for each other."""
    in_order = select(_L.c.tenant_id, _L.c.lane).where(which).order_by(_L.c.lane.collate("C"), _L.c.tenant_id)
    return in_order.with_for_update()


# PostgreSQL: all lanes of these names, of any tenant; and, rarely needed, all lanes of some tenants.
LOCK: Final = DirectStatement(_select_for_update(_IS_NAMED))
LOCK_WITH_TENANTS: Final = DirectStatement(_select_for_update(or_(_IS_NAMED, _IS_OWNED)))

_NEXT: Any = _D.c.next_attempt_at


def _release(new: Any, _dialect: Any) -> Any:
    due_again: Any = select(case((new.c.not_before > _NEXT, new.c.not_before), else_=_NEXT)).where(_OF_LANE)
    return (
        update(_L)
        .where(
            _L.c.tenant_id == new.c.tenant_id,
            _L.c.lane == new.c.lane,
            _L.c.lease_token == new.c.lease_token,
        )
        .values(
            lease_until=None,
            lease_token=None,
            free_at=new.c.free_at,
            backoff=new.c.backoff,
            contention=new.c.contention,
            folded_at=new.c.folded_at,
            due_at=due_again.order_by(_NEXT).limit(literal_column("1")).correlate(_L, new).scalar_subquery(),
            is_shared=or_(_L.c.is_shared, new.c.is_accepted),
        )
    )


def _rest(new: Any, _dialect: Any) -> Any:
    """Google counts writes per space, of all tenants together, so the other tenants' lanes pause, too."""
    own: Any = _L.alias("own")
    same = (own.c.tenant_id == new.c.tenant_id, own.c.lane == new.c.lane, own.c.is_shared)
    return (
        update(_L)
        .where(
            _L.c.lane == new.c.lane,
            _L.c.tenant_id != new.c.tenant_id,
            _L.c.is_shared,
            select(own.c.lane).where(*same).correlate(new).exists(),
            or_(_L.c.free_at.is_(None), _L.c.free_at < new.c.free_at),
        )
        .values(free_at=new.c.free_at)
    )


RELEASE: Final = BatchStatement(
    types_of(_L, ("tenant_id", "lane", "lease_token", "free_at", "backoff", "contention", "folded_at"))
    | {"not_before": _TIME, "is_accepted": Boolean()},
    _release,
)
REST: Final = BatchStatement(types_of(_L, ("tenant_id", "lane", "free_at")), _rest)

REST_OWN: Final = (
    update(_L)
    .where(
        _L.c.tenant_id == bindparam("b_tenant"),
        _L.c.lane == bindparam("b_lane"),
        or_(_L.c.free_at.is_(None), _L.c.free_at < _time_param("b_until")),
    )
    .values(free_at=_time_param("b_until"))
)

_EARLIEST: Any = select(_NEXT).where(_OF_LANE).order_by(_NEXT).limit(literal_column("1")).correlate(_L)
HEAL: Final = (
    update(_L)
    .where(_L.c.due_at.is_(None), select(_D.c.id).where(_OF_LANE).exists())
    .values(due_at=_EARLIEST.scalar_subquery())
)
# Whatever the state of the lanes: written, resting, or left by a worker that hangs.
OLDEST_DUE: Final = select(func.min(_EARLIEST.scalar_subquery(), type_=_TIME)).where(_L.c.due_at.is_not(None))
RENEW: Final = (
    update(_L)
    .where(one_of(_L.c.lease_token, "tokens"), _L.c.lease_until.is_not(None))
    .values(lease_until=_time_param("b_until"))
)
