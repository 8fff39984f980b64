"""Which mute decides for a delivery, which mutes a tenant has, and what one finds waiting when it begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from models.attention.gathered import mute_key
from models.languages.translate import for_later, marked
from models.tables.accounts import User
from models.tables.attention import Mute, MuteScope
from models.tables.deliveries import IS_OPEN, Delivery, DeliveryState
from models.tables.destinations import Destination

MUTED: Final = marked("muted")  # the reason of a skipped delivery begins so; by whom follows
AT_ONCE: Final = 200  # deliveries that one transaction skips
_WIDEST_FIRST: Final = tuple(MuteScope)


@dataclass(frozen=True, slots=True)
class MuteTarget:
    """What is muted: the whole tenant, or what is named by the ids that are set.

    A rule may stand beside a space or a person: then it is muted there alone.
    """

    scope: MuteScope
    space_id: int | None = None
    user_id: int | None = None
    rule_id: int | None = None

    def covers(self, *, rule_id: int | None, space_id: int | None, user_id: int | None) -> bool:
        """Return whether a delivery of this rule to this space or person is muted by it."""
        pairs = ((self.rule_id, rule_id), (self.space_id, space_id), (self.user_id, user_id))
        return all(own in (None, given) for own, given in pairs)

    @property
    def width(self) -> tuple[int, bool]:
        """A key that is smallest for the widest target."""
        in_one_place = self.space_id is not None or self.user_id is not None
        return _WIDEST_FIRST.index(self.scope), in_one_place


@dataclass(frozen=True, slots=True)
class ActiveMute:
    """A mute as plain data."""

    id: int
    target: MuteTarget
    until: datetime
    muted_by: str

    @classmethod
    def of(cls, row: Mute) -> ActiveMute:
        return cls(row.id, target_of(row), row.until, row.muted_by)


def target_of(row: Mute) -> MuteTarget:
    return MuteTarget(MuteScope(row.scope), row.space_id, row.user_id, row.rule_id)


def deciding_mute(
    mutes: Iterable[ActiveMute],
    *,
    rule_id: int | None,
    space_id: int | None,
    user_id: int | None,
    at: datetime,
) -> ActiveMute | None:
    """Return the mute that holds at `at` for a delivery; of several the widest, None if none does."""
    ids = {"rule_id": rule_id, "space_id": space_id, "user_id": user_id}
    holding = [mute for mute in mutes if at < mute.until and mute.target.covers(**ids)]
    return min(holding, key=lambda mute: mute.target.width, default=None)


def open_mutes(session: Session, tenant_id: int) -> list[Mute]:
    """Return a tenant's mutes that deliveries may still join, those that end first at the beginning."""
    query = select(Mute).where(Mute.tenant_id == tenant_id, Mute.ended_at.is_(None), Mute.closed_at.is_(None))
    return list(session.scalars(query.order_by(Mute.until, Mute.id)))


def holding_mutes(session: Session, tenant_id: int, at: datetime) -> list[Mute]:
    """Return a tenant's mutes that hold at `at`, those that end first at the beginning."""
    return [mute for mute in open_mutes(session, tenant_id) if at < mute.until]


def find_open_mutes(session: Session, tenant_id: int, target: MuteTarget) -> list[Mute]:
    """Return the open mutes of exactly this target: one, or two that were set at the same moment."""
    return [each for each in open_mutes(session, tenant_id) if target_of(each) == target]


def tenants_with_mutes(session: Session) -> list[int]:
    """Return the tenants with mutes of which something is left to do. The session sees all tenants."""
    query = select(Mute.tenant_id).where(Mute.ended_at.is_(None)).distinct()
    return list(session.scalars(query.order_by(Mute.tenant_id)))


def unfinished_mutes(session: Session, tenant_id: int) -> list[Mute]:
    """Return a tenant's mutes whose summary cards are not created yet, those that end first first."""
    query = select(Mute).where(Mute.tenant_id == tenant_id, Mute.ended_at.is_(None))
    return list(session.scalars(query.order_by(Mute.until, Mute.id)))


def close_mute(session: Session, mute: Mute, at: datetime) -> bool:
    """Let no further delivery join what a mute kept back, once it is over; return whether it is closed."""
    over = and_(Mute.tenant_id == mute.tenant_id, Mute.id == mute.id, Mute.until <= at)
    close = update(Mute).where(over, Mute.closed_at.is_(None)).values(closed_at=at)
    session.execute(close.execution_options(synchronize_session=False))
    return session.scalar(select(Mute.id).where(over, Mute.closed_at.is_not(None))) is not None


def end_mute(session: Session, mute: Mute, at: datetime) -> None:
    """Note that the summary cards of a closed mute are created."""
    mine = (Mute.tenant_id == mute.tenant_id, Mute.id == mute.id, Mute.ended_at.is_(None))
    done = update(Mute).where(*mine).values(ended_at=at)
    session.execute(done.execution_options(synchronize_session=False))


def skip_waiting(session: Session, mute: Mute, at: datetime) -> int:
    """Skip a batch of deliveries that were waiting when a mute began and would leave while it holds.

    Returns how many. What was attempted goes on: Chat may have it already. Summaries, notices and test cards
    are never muted. A worker that stood still skips nothing for a mute that was closed or set anew meanwhile.
    """
    if not _lock_open(session, mute):
        return 0
    waiting = (
        select(Delivery.id)
        .join(Delivery.destination)
        .join(Destination.user, isouter=True)
        .where(
            Delivery.tenant_id == mute.tenant_id,
            IS_OPEN,
            Delivery.state != DeliveryState.SENDING,
            Delivery.next_attempt_at < mute.until,
            Delivery.message_key.is_(None),
            Delivery.event_id.is_not(None),
            Delivery.is_test.is_(False),
            *_covered(mute),
        )
        .order_by(Delivery.id)
        .limit(AT_ONCE)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    return _skip(session, mute, session.scalars(waiting).all(), at)


def _lock_open(session: Session, mute: Mute) -> bool:
    """Keep a mute from being closed until the transaction ends; False if it is not as it was read."""
    same = (Mute.tenant_id == mute.tenant_id, Mute.id == mute.id, Mute.until == mute.until)
    query = select(Mute.id).where(*same, Mute.closed_at.is_(None))
    return session.scalar(query.with_for_update(read=True)) is not None


def _skip(session: Session, mute: Mute, ids: Sequence[int], at: datetime) -> int:
    if not ids:
        return 0
    skipped = {
        "state": DeliveryState.SKIPPED,
        "reason": reason_of(mute.muted_by),
        "gathered_for": mute_key(mute.id),
        "finished_at": at,
    }
    mine = (Delivery.tenant_id == mute.tenant_id, Delivery.id.in_(ids))
    skip = update(Delivery).where(*mine).values(skipped)
    session.execute(skip.execution_options(synchronize_session=False))
    return len(ids)


def reason_of(muted_by: str) -> str:
    """Return the reason that a muted delivery keeps."""
    return for_later("muted by {who}", who=muted_by) if muted_by else MUTED


def _covered(mute: Mute) -> list[Any]:
    pairs = (
        (Delivery.rule_id, mute.rule_id),
        (Destination.space_id, mute.space_id),
        (User.id, mute.user_id),
    )
    return [column == own for column, own in pairs if own is not None]
