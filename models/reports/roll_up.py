"""Rolls figures up: what the rows of an hour say is added to the figures of the hour, its day and ten days.

An hour is rolled up once it is over, and again whenever a row of it has changed (`StaleHour`); then the
difference is added. Reading and writing are two transactions, so that nobody waits: the second one writes
nothing if somebody else has rolled up meanwhile, and what changes in between leaves a stale hour behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from models.clock import now
from models.database.batch import BatchStatement, batch_insert
from models.database.chunks import chunks
from models.database.upsert import insert_into
from models.reports.history import MOST_SKEW, NEAR, last_id_before
from models.reports.measures import (
    DESTINATION,
    PERSON,
    PRUNED,
    ROLLED_UP,
    RULE,
    FigureKey,
    Measures,
    add_up,
    measures_of,
    row_of,
    table_columns,
    whole_of,
)
from models.reports.periods import ONE_HOUR, WIDER, begin_of_hour, full_hour, period_of
from models.reports.rows import IS_ENDED, Counted, count_deliveries, count_of_ids, count_presses
from models.tables.accounts import Tenant, TenantStatus
from models.tables.card_actions import CardAction
from models.tables.deliveries import Delivery
from models.tables.destinations import FORMER_PERSON
from models.tables.reports import Figure, FigureName, RollUp, StaleHour

SETTLES: Final = timedelta(minutes=10)  # after its end: by then what was begun in an hour is stored
ZERO: Final = timedelta()
KEPT: Final = timedelta(days=92)
MOST_STALE: Final = 5000  # notes of stale hours that are read at once
_KEY: Final = [column.name for column in Figure.__table__.primary_key]


def _replacing(insert: Any) -> Any:
    changed = {name: insert.excluded[name] for name in table_columns() if name not in _KEY}
    return insert.on_conflict_do_update(index_elements=_KEY, set_=changed)


_PUT: Final[BatchStatement] = batch_insert(Figure.__table__, table_columns(), _replacing)


@dataclass(slots=True)
class HourRead:
    """What the rows say of one hour of a tenant. `hour` is None where there is nothing up to `until`.

    `version` is that of the roll-up which was read, None for none. `stale_ids` are the notes that it settles.
    """

    tenant_id: int
    hour: str | None
    until: datetime
    version: int | None
    stale_ids: list[int]
    wholes: dict[FigureKey, Measures] = field(default_factory=dict)
    names: dict[tuple[str, int], str] = field(default_factory=dict)


def tenants_behind(session: Session, at: datetime) -> list[int]:
    """Return the tenants of which an hour is to be rolled up. The session sees all tenants."""
    closed = full_hour(at - SETTLES)
    is_behind = or_(RollUp.tenant_id.is_(None), RollUp.until < closed)
    is_stale = select(StaleHour.id).where(
        StaleHour.tenant_id == Tenant.id, StaleHour.hour < period_of(closed), RollUp.until.is_not(None)
    )
    query = select(Tenant.id).join(RollUp, RollUp.tenant_id == Tenant.id, isouter=True)
    query = query.where(Tenant.status == TenantStatus.ACTIVE, or_(is_behind, is_stale.exists()))
    return list(session.scalars(query.order_by(Tenant.id)))


def read_hour(session: Session, tenant_id: int, at: datetime) -> HourRead | None:
    """Read what is to be rolled up next, None for nothing. Nothing else was read in the session before."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite reads one state of all rows anyway
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    closed = full_hour(at - SETTLES)
    known = session.scalar(select(RollUp).where(RollUp.tenant_id == tenant_id))
    begin = known.until if known else full_hour(at - KEPT)
    version = known.version if known else None
    stale = select(StaleHour.hour, StaleHour.id).where(
        StaleHour.tenant_id == tenant_id, StaleHour.hour < period_of(begin)
    )
    notes = session.execute(stale.order_by(StaleHour.hour, StaleHour.id).limit(MOST_STALE)).all()
    if notes:
        hour, until = notes[0].hour, begin
    elif begin >= closed:
        return None
    else:
        first = _first_hour(session, tenant_id, begin)
        if first is None or first >= closed:
            return HourRead(tenant_id, None, closed, version, [])
        hour, until = period_of(first), first + ONE_HOUR
    ids = select(StaleHour.id).where(StaleHour.tenant_id == tenant_id, StaleHour.hour == hour)
    found = HourRead(tenant_id, hour, until, version, list(session.scalars(ids.limit(MOST_STALE))))
    _count_hour(session, found, hour)
    return found


def _first_hour(session: Session, tenant_id: int, begin: datetime) -> datetime | None:
    """Return an hour from `begin` on before which nothing is to be rolled up, None if there is nothing.

    That is rows, and what is kept of those that were deleted.
    """
    found = list[datetime]()
    for table in (Delivery, CardAction):
        after = last_id_before(session, tenant_id, table.created_at, begin - MOST_SKEW)
        mine = select(table.created_at).where(table.tenant_id == tenant_id, table.id > after)
        next_ones = mine.where(table.created_at >= begin).order_by(table.id).limit(NEAR)
        times = session.scalars(next_ones).all()
        # Where there are more, an older one may follow: ids are only nearly in the order of time.
        found += [min(times) - (MOST_SKEW if len(times) == NEAR else ZERO)] if times else []
    gone = (Figure.tenant_id == tenant_id, Figure.kind.in_(PRUNED.values()))
    kept = select(func.min(Figure.period)).where(*gone, Figure.period >= period_of(begin))
    if (period := session.scalar(kept)) is not None:
        found.append(begin_of_hour(period))
    return max(begin, full_hour(min(found))) if found else None


def _count_hour(session: Session, found: HourRead, hour: str) -> None:
    since, until = begin_of_hour(hour), begin_of_hour(hour) + ONE_HOUR
    counted = [
        *count_deliveries(session, found.tenant_id, since, until, IS_ENDED),
        *count_presses(session, found.tenant_id, since, until),
    ]
    pruned = select(Figure).where(Figure.tenant_id == found.tenant_id, Figure.kind.in_(PRUNED.values()))
    gone = {kind: of for of, kind in PRUNED.items()}
    parts = [(each.whole, each.measures) for each in counted]
    parts += [
        (whole_of(row)._replace(kind=gone[row.kind]), measures_of(row))
        for row in session.scalars(pruned.where(Figure.period == hour))
    ]
    found.wholes, found.names = add_up(parts), names_of(counted)


def names_of(counted: Iterable[Counted]) -> dict[tuple[str, int], str]:
    """Return the names of the rules and destinations that were counted, by kind and id."""
    found: dict[tuple[str, int], str] = {}
    for each in counted:
        found[RULE, each.whole.rule_id] = each.rule_name
        found[DESTINATION, each.whole.destination_id] = each.destination_name
    return {key: name for key, name in found.items() if name}


def write_hour(session: Session, read: HourRead) -> bool:
    """Write what was read; return False, with nothing written, if somebody else rolled up meanwhile."""
    if not _step(session, read):
        return False
    tenant_id = read.tenant_id
    if read.hour is not None:
        _add(session, tenant_id, read.hour, read.wholes)
        _name(session, tenant_id, read.names)
    for ids in chunks(read.stale_ids):
        settled = delete(StaleHour).where(StaleHour.tenant_id == tenant_id, StaleHour.id.in_(ids))
        session.execute(settled.execution_options(synchronize_session=False))
    old = delete(Figure).where(
        Figure.tenant_id == tenant_id,
        Figure.kind.in_((*ROLLED_UP, *PRUNED.values())),
        Figure.period < period_of(read.until - KEPT),
    )
    session.execute(old.execution_options(synchronize_session=False))
    return True


def _step(session: Session, read: HourRead) -> bool:
    if read.version is None:
        # It begins with the time: SQLite gives the number of an erased tenant to the next one.
        begin = int(now().timestamp() * 1000)
        values = {"tenant_id": read.tenant_id, "until": read.until, "version": begin}
        first = insert_into(session, RollUp).values(values).on_conflict_do_nothing()
        return session.connection().scalar(first.returning(RollUp.tenant_id)) is not None
    mine = update(RollUp).where(RollUp.tenant_id == read.tenant_id, RollUp.version == read.version)
    step = mine.values(until=read.until, version=RollUp.version + 1).returning(RollUp.tenant_id)
    return session.scalar(step.execution_options(synchronize_session=False)) is not None


def _add(session: Session, tenant_id: int, hour: str, wholes: Mapping[FigureKey, Measures]) -> None:
    """Let the figures of an hour be these, and add the difference to those of its day and its ten days."""
    before = _stored(session, tenant_id, hour)
    differences = dict[FigureKey, Measures]()
    for whole in before.keys() | wholes.keys():
        difference: Measures = Counter(wholes.get(whole, {}))
        difference.subtract(before.get(whole, {}))
        if any(difference.values()):
            differences[whole] = difference
    if not differences:
        return
    _put(session, tenant_id, hour, {whole: wholes.get(whole, Counter()) for whole in differences})
    for letters in WIDER:
        period = hour[:letters]
        known = _stored(session, tenant_id, period)
        for whole, difference in differences.items():
            known.setdefault(whole, Counter()).update(difference)
        _put(session, tenant_id, period, {whole: known[whole] for whole in differences})


def _stored(session: Session, tenant_id: int, period: str) -> dict[FigureKey, Measures]:
    mine = (Figure.tenant_id == tenant_id, Figure.kind.in_(ROLLED_UP), Figure.period == period)
    return {whole_of(row): measures_of(row) for row in session.execute(select(Figure.__table__).where(*mine))}


def _put(session: Session, tenant_id: int, period: str, wholes: Mapping[FigureKey, Measures]) -> None:
    _PUT.execute(session, [row_of(tenant_id, period, *each) for each in wholes.items()])


def _name(session: Session, tenant_id: int, names: Mapping[tuple[str, int], str]) -> None:
    rows = [
        {"tenant_id": tenant_id, "kind": kind, "number": number, "name": name}
        for (kind, number), name in names.items()
    ]
    if rows:
        insert = insert_into(session, FigureName)
        put = insert.on_conflict_do_update(
            index_elements=["tenant_id", "kind", "number"],
            set_={"name": insert.excluded.name},
            where=FigureName.name != FORMER_PERSON,  # their rows may still be about to forget them
        )
        session.connection().execute(put, rows)


def keep_figures_of(session: Session, delivery_ids: list[int], at: datetime) -> None:
    """Keep what deliveries count that are deleted now by their age. The session writes for all tenants."""
    found: dict[tuple[int, str], dict[FigureKey, Measures]] = {}
    for each in count_of_ids(session, delivery_ids):
        if each.hour >= period_of(at - KEPT):
            whole = each.whole._replace(kind=PRUNED[each.whole.kind])
            wholes = found.setdefault((each.tenant_id, each.hour), {})
            wholes.setdefault(whole, Counter()).update(each.measures)
    for (tenant_id, hour), wholes in found.items():
        mine = (Figure.tenant_id == tenant_id, Figure.kind.in_(PRUNED.values()), Figure.period == hour)
        for row in session.execute(select(Figure.__table__).where(*mine)):
            if whole_of(row) in wholes:
                wholes[whole_of(row)].update(measures_of(row))
        _put(session, tenant_id, hour, wholes)


def forget_destination(session: Session, tenant_id: int, destination_id: int) -> None:
    """Take the e-mail of a removed person out of the names of what figures are of."""
    mine = (FigureName.tenant_id == tenant_id, FigureName.kind == DESTINATION)
    forget = update(FigureName).where(*mine, FigureName.number == destination_id).values(name=FORMER_PERSON)
    session.execute(forget.execution_options(synchronize_session=False))


def forget_presses(session: Session, tenant_id: int, user_id: int) -> None:
    """Delete the figures of a person who is removed; their presses go with them."""
    theirs = (Figure.tenant_id == tenant_id, Figure.kind.in_((PERSON, PRUNED[PERSON])))
    gone = delete(Figure).where(*theirs, Figure.user_id == user_id)
    session.execute(gone.execution_options(synchronize_session=False))
