"""The messages that show the card of an object: recorded when they arrive, drawn again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    case,
    delete,
    exists,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from models.card_actions.nudged import NUDGES, note_arrived
from models.card_actions.queries import SHOWN_STATES
from models.card_actions.records import ABOUT
from models.database.batch import BatchStatement, types_of
from models.database.direct import AT, DirectStatement
from models.deliveries.lanes import may_write_beside
from models.tables.card_actions import CardAction, CardCopy
from models.tables.deliveries import Delivery
from models.tables.leads import LeadScore

COPIES_PER_LANE: Final = 3  # of a space that showed an object often, the newest cards
MOST_COPIES: Final = 300
NEVER_HIDDEN: Final = ("deal.won", "deal.lost")
DROPPED_AFTER: Final = timedelta(minutes=10)
DAY_THREAD: Final = "day-"  # how the keys of threads of a day begin
LEADS: Final = ("lead", "deal")  # of deals only some are leads
_COPIES: Any = CardCopy.__table__
_RECORDED: Final = ("tenant_id", "delivery_id", "lane", "message_name", "entity", "object_id", "created_at")


def _record(new: Any, dialect: Any) -> Any:
    """Build the insert: a card that is behind its object waits to be drawn again.

    It is if somebody acted on the object since, or a lead got another score, as each new one does soon.
    """
    acted = exists().where(
        CardAction.tenant_id == new.c.tenant_id,
        CardAction.entity == new.c.entity,
        CardAction.object_id == new.c.object_id,
        CardAction.created_at >= new.c.shows_since,
        CardAction.state.in_([literal_column(f"'{state}'") for state in SHOWN_STATES]),
    )
    scored = exists().where(
        LeadScore.tenant_id == new.c.tenant_id,
        LeadScore.entity == new.c.entity,
        LeadScore.object_id == new.c.object_id,
        LeadScore.at >= new.c.shows_since,
    )
    may_have_score = or_(*(new.c.entity == literal_column(f"'{each}'") for each in LEADS))
    is_behind = or_(acted, and_(may_have_score, scored))
    columns = [*(new.c[name] for name in _RECORDED), case((is_behind, new.c.created_at), else_=null())]
    rows = select(*columns).where(true())  # SQLite needs it before ON CONFLICT
    insert = dialect.insert(_COPIES).from_select([*_RECORDED, "update_due_at"], rows, include_defaults=False)
    changed = {name: insert.excluded[name] for name in ("delivery_id", "update_due_at")}
    return insert.on_conflict_do_update(index_elements=["tenant_id", "message_name"], set_=changed)


_RECORD: Final = BatchStatement(
    types_of(_COPIES, _RECORDED) | {"shows_since": _COPIES.c.created_at.type}, _record
)


@dataclass(frozen=True, slots=True)
class DueCopy:
    """A message that waits to be drawn again since `due_at`."""

    id: int
    tenant_id: int
    lane: str
    delivery_id: int
    message_name: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LastCard:
    """The last message that shows an object in a space, and which delivery it shows."""

    message_name: str
    delivery_id: int


def record_copies(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Record messages that arrived; one that is known shows the given delivery from now on.

    Keys: tenant_id, delivery_id, lane, message_name, entity, object_id, created_at, and shows_since: what was
    done on the object from then on is not on the card yet.
    """
    # A statement that updates cannot change one row twice.
    if newest := {(row["tenant_id"], row["message_name"]): row for row in rows}:
        _RECORD.execute(session, list(newest.values()))
        note_arrived(session, newest.values())


def mark_due(
    session: Session, tenant_id: int, entity: str, object_id: str, pressed_id: int | None, at: datetime
) -> None:
    """Let the newest cards of an object in each space be drawn again, and the one of the delivery pressed.

    Where that one has nudges, it is about more than this object.
    """
    about = or_(
        and_(CardCopy.entity == entity, CardCopy.object_id == object_id),
        and_(CardCopy.entity == NUDGES, CardCopy.delivery_id == pressed_id),
    )
    query = select(CardCopy.id, CardCopy.lane, CardCopy.delivery_id)
    query = query.where(CardCopy.tenant_id == tenant_id, about)
    newest = session.execute(query.order_by(CardCopy.id.desc()).limit(MOST_COPIES)).all()
    counted: Counter[str] = Counter()
    chosen = []
    for copy_id, lane, delivery_id in newest:
        counted[lane] += 1
        if counted[lane] <= COPIES_PER_LANE or delivery_id == pressed_id:
            chosen.append(copy_id)
    if chosen:
        mine = and_(CardCopy.tenant_id == tenant_id, CardCopy.id.in_(chosen))
        _execute(session, update(CardCopy).where(mine).values(update_due_at=at))


def mark_scored(session: Session, tenant_id: int, leads: Sequence[str], at: datetime) -> None:
    """Let the cards of new leads be drawn again, with the score that they have now."""
    mine = (CardCopy.tenant_id == tenant_id, CardCopy.entity.in_(LEADS))
    about = (*mine, CardCopy.object_id.in_(leads))
    _execute(session, update(CardCopy).where(*about).values(update_due_at=at))


def lanes_with(session: Session, tenant_id: int, entity: str, object_id: str) -> set[str]:
    """Return the lanes of the spaces that show an object."""
    about = and_(CardCopy.tenant_id == tenant_id, CardCopy.entity == entity, CardCopy.object_id == object_id)
    return set(session.scalars(select(CardCopy.lane).where(about).distinct()))


def last_card(session: Session, tenant_id: int, lane: str, entity: str, object_id: str) -> LastCard | None:
    """Return the last message that shows an object in a space.

    None if there is none, and where it tells a win or a loss, which nothing may hide.
    """
    about = and_(
        CardCopy.tenant_id == tenant_id,
        CardCopy.entity == entity,
        CardCopy.object_id == object_id,
        CardCopy.lane == lane,
    )
    query = select(CardCopy.message_name, Delivery.id, Delivery.event_type).join(CardCopy.delivery)
    found = session.execute(query.where(about).order_by(CardCopy.id.desc()).limit(1)).first()
    if found is None or found.event_type in NEVER_HIDDEN:
        return None
    return LastCard(found.message_name, found.id)


def card_that_began(session: Session, tenant_id: int, space: str, thread: str) -> int | None:
    """Return the delivery whose card began a thread of a space; None if that shows no single record.

    Chat names the first message of the thread `T` `T.T`. A thread of a day is about many records.
    """
    begun = thread.removeprefix(f"{space}/threads/")
    if begun == thread or not begun:
        return None
    name = f"{space}/messages/{begun}.{begun}"
    mine = and_(CardCopy.tenant_id == tenant_id, CardCopy.message_name == name, CardCopy.entity.in_(ABOUT))
    query = select(CardCopy.delivery_id, Delivery.thread_key).join(CardCopy.delivery).where(mine)
    found = session.execute(query).first()
    is_of_many = found is not None and (found.thread_key or "").startswith(DAY_THREAD)
    return None if found is None or is_of_many else int(found.delivery_id)


def due_copies(session: Session, at: datetime, limit: int) -> list[DueCopy]:
    """Return messages to draw again, one of each space that may be written now and has no card due.

    The session sees all tenants.
    """
    found: dict[tuple[int, str], DueCopy] = {}
    for row in _DUE.rows(session, {"at": at, "most": limit}):
        copy = DueCopy(*row)
        found.setdefault((copy.tenant_id, copy.lane), copy)
    return list(found.values())


def _select_due() -> Any:
    columns = (
        CardCopy.id,
        CardCopy.tenant_id,
        CardCopy.lane,
        CardCopy.delivery_id,
        CardCopy.message_name,
        CardCopy.update_due_at,
    )
    is_due = CardCopy.update_due_at.is_not(None)
    query = select(*columns).where(is_due, may_write_beside(CardCopy, AT))
    most = bindparam("most", type_=Integer)
    return query.order_by(CardCopy.update_due_at, CardCopy.id).limit(most)


_DUE: Final = DirectStatement(_select_due())  # built once: every worker asks each second


def finish_copy(session: Session, copy: DueCopy) -> None:
    """Note that a message was drawn, or that it is not worth it any more; unless it is due anew meanwhile."""
    mine = and_(CardCopy.tenant_id == copy.tenant_id, CardCopy.id == copy.id)
    unchanged = and_(mine, CardCopy.update_due_at == copy.due_at)
    _execute(session, update(CardCopy).where(unchanged).values(update_due_at=None))


def forget_copy(session: Session, copy: DueCopy) -> None:
    """Forget a message that Chat no longer has."""
    _execute(session, delete(CardCopy).where(CardCopy.tenant_id == copy.tenant_id, CardCopy.id == copy.id))


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
