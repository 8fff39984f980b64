"""Digests: what is not urgent is gathered for one card at its time. Each row is one issue of a digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.attention.gathered import digest_key, still_open
from models.attention.mutes import MuteTarget
from models.attention.quiet import require_change
from models.attention.schedule import Schedule, next_due
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.security.audit import record
from models.tables.attention import Digest, Every, MuteScope
from models.tables.deliveries import Delivery, DeliveryState

MOST_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class OpenDigest:
    """The issue of a digest for which deliveries are gathered now, as plain data."""

    id: int
    space_id: int | None
    user_id: int | None
    every: Every

    @property
    def reason(self) -> str:
        """The reason that a gathered delivery keeps."""
        return f"gathered for the {self.every} digest"


def open_digests(session: Session, tenant_id: int) -> list[Digest]:
    """Return the issues for which deliveries of a tenant are gathered, oldest first."""
    query = select(Digest).where(Digest.tenant_id == tenant_id, Digest.closed_at.is_(None))
    return list(session.scalars(query.order_by(Digest.id)))


def find_digest(session: Session, tenant_id: int, target: MuteTarget) -> Digest | None:
    """Return the open issue of a place's digest, None where it has none."""
    own = (target.space_id, target.user_id)
    return next(
        (each for each in open_digests(session, tenant_id) if (each.space_id, each.user_id) == own), None
    )


def _find_to_change(session: Session, tenant_id: int, target: MuteTarget) -> Digest | None:
    """Return the open issue of a place's digest, locked; the next one where it is closed at this moment."""
    while (found := find_digest(session, tenant_id, target)) is not None:
        if still_open(session, [found]):
            return found
    return None


def digest_for(
    digests: Iterable[OpenDigest], *, space_id: int | None, user_id: int | None
) -> OpenDigest | None:
    """Return the digest that gathers what goes to this space or person, None if none does."""
    for each in digests:
        if space_id is not None and each.space_id == space_id:
            return each
        if user_id is not None and each.user_id == user_id:
            return each
    return None


def schedule_of(digest: Digest) -> Schedule:
    return Schedule(Every(digest.every), digest.clock, digest.day)


def set_digest(
    session: Session, actor: Actor, target: MuteTarget, schedule: Schedule, timezone: str, at: datetime
) -> Digest:
    """Gather what is not urgent for one card at its time. What was gathered already comes at the new time.

    Raises NotAllowed, and InvalidRequest for the whole team.
    """
    _require_place(session, actor, target)
    require_feature(session, actor.tenant, Feature.DIGESTS)
    found = _find_to_change(session, actor.tenant, target) or Digest(
        tenant_id=actor.tenant, scope=target.scope, space_id=target.space_id, user_id=target.user_id
    )
    found.every, found.clock, found.day, found.timezone = (
        schedule.every,
        schedule.clock,
        schedule.day,
        timezone,
    )
    found.due_at = next_due(schedule, at, timezone)
    session.add(found)
    session.flush()
    record(session, actor, "digest.set", _name(target), every=schedule.every, at=schedule.clock)
    return found


def switch_off(session: Session, actor: Actor, target: MuteTarget, at: datetime) -> bool:
    """Gather no more; what was gathered goes as one card at once. Returns whether there was a digest.

    Raises NotAllowed, and InvalidRequest for the whole team.
    """
    _require_place(session, actor, target)
    found = _find_to_change(session, actor.tenant, target)
    if found is None:
        return False
    found.closed_at = at
    session.flush()
    record(session, actor, "digest.removed", _name(target))
    return True


def send_now(session: Session, actor: Actor, target: MuteTarget, at: datetime) -> int:
    """Send what was gathered for a place now, and go on gathering; return how many there were.

    Raises NotAllowed, and InvalidRequest where there is no digest.
    """
    _require_place(session, actor, target)
    found = find_digest(session, actor.tenant, target)
    if found is None:
        raise InvalidRequest(user_message=tr("There is no digest here. Say digest daily 09:00 first."))
    count = count_gathered_for(session, found)
    if count:
        start_next_issue(session, found, at)
        record(session, actor, "digest.sent_now", _name(target), count=count)
    return count


def count_gathered_for(session: Session, digest: Digest) -> int:
    """Return how many events an issue has gathered, counted up to `MOST_COUNTED`."""
    mine = (Delivery.tenant_id == digest.tenant_id, Delivery.gathered_for == digest_key(digest.id))
    is_digested = Delivery.state == DeliveryState.DIGESTED
    some = select(Delivery.event_id).where(*mine, is_digested).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count(some.c.event_id.distinct()))) or 0


def start_next_issue(session: Session, digest: Digest, at: datetime) -> bool:
    """Close an issue, so that nothing joins it, and open the next one; return whether this call did."""
    mine = and_(Digest.tenant_id == digest.tenant_id, Digest.id == digest.id, Digest.closed_at.is_(None))
    close = update(Digest).where(mine).values(closed_at=at).returning(Digest.id)
    closed = session.scalar(close.execution_options(synchronize_session=False))
    if closed is None:
        return False
    following = Digest(
        tenant_id=digest.tenant_id,
        scope=digest.scope,
        space_id=digest.space_id,
        user_id=digest.user_id,
        every=digest.every,
        clock=digest.clock,
        day=digest.day,
        timezone=digest.timezone,
        due_at=next_due(schedule_of(digest), at, digest.timezone),
    )
    session.add(following)
    session.flush()
    return True


def tenants_with_due(session: Session, at: datetime) -> list[int]:
    """Return the tenants with issues that are due or closed, and not sent. The session sees all tenants."""
    is_due = (Digest.due_at <= at) | Digest.closed_at.is_not(None)
    query = select(Digest.tenant_id).where(Digest.ended_at.is_(None), is_due).distinct()
    return list(session.scalars(query.order_by(Digest.tenant_id)))


def due_issues(session: Session, tenant_id: int, at: datetime) -> Sequence[Digest]:
    """Return a tenant's issues that are due or closed, and not sent yet, oldest first."""
    is_due = (Digest.due_at <= at) | Digest.closed_at.is_not(None)
    query = select(Digest).where(Digest.tenant_id == tenant_id, Digest.ended_at.is_(None), is_due)
    return session.scalars(query.order_by(Digest.id)).all()


def end_issue(session: Session, digest: Digest, at: datetime) -> None:
    """Note that the card of a closed issue is created."""
    mine = (Digest.tenant_id == digest.tenant_id, Digest.id == digest.id, Digest.ended_at.is_(None))
    done = update(Digest).where(*mine).values(ended_at=at)
    session.execute(done.execution_options(synchronize_session=False))


def _require_place(session: Session, actor: Actor, target: MuteTarget) -> None:
    if target.scope not in (MuteScope.SPACE, MuteScope.USER):
        raise InvalidRequest.of_field("scope", tr("A digest is for a space or for yourself: say here or me."))
    require_change(session, actor, target)


def _name(target: MuteTarget) -> str:
    own = target.space_id if target.space_id is not None else target.user_id
    return f"{target.scope} {own}"
