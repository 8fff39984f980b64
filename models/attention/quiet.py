"""Actions on quiet hours from Chat: set, remove, let urgent cards through, send what is held now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import refusal_of_others, require
from models.accounts.rights import Action
from models.attention.mutes import MuteTarget
from models.attention.window_words import NewWindow
from models.database.row_ids import row_id
from models.deliveries import held
from models.deliveries.visible import visible_to
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.accounts import User
from models.tables.attention import MuteScope
from models.tables.deliveries import IS_HELD, Delivery
from models.tables.destinations import Destination, QuietHours

MOST_BATCHES: Final = 5  # of held deliveries that one press sends
MOST_COUNTED: Final = 1000
NO_WINDOW: Final = marked(
    "There are no quiet hours here. Set them first: /pipenotify quiet set 19:00-08:00 mon-fri."
)


def set_quiet_hours(
    session: Session,
    actor: Actor,
    target: MuteTarget,
    windows: Sequence[NewWindow],
    timezone: str,
    *,
    urgent: bool = True,
) -> list[QuietHours]:
    """Replace the windows of a place that are in use; `urgent` cards pass through the new ones.

    Raises NotAllowed.
    """
    require_change(session, actor, target)
    require_feature(session, actor.tenant, Feature.QUIET_HOURS)
    for old in windows_of(session, actor.tenant, target):
        session.delete(old)
    made = [
        QuietHours(
            tenant_id=actor.tenant,
            scope=target.scope,
            space_id=target.space_id,
            user_id=target.user_id,
            starts=window.starts,
            ends=window.ends,
            days=list(window.days),
            timezone=timezone,
            lets_urgent_through=urgent,
        )
        for window in windows
    ]
    session.add_all(made)
    session.flush()
    times = [f"{window.starts}-{window.ends} {','.join(window.days)}" for window in windows]
    record(session, actor, "quiet.set", _name(target), windows=times, timezone=timezone)
    return made


def remove_quiet_hours(session: Session, actor: Actor, target: MuteTarget) -> int:
    """Remove the windows of a place that are in use; return how many. What they held leaves at once.

    Raises NotAllowed.
    """
    require_change(session, actor, target)
    found = windows_of(session, actor.tenant, target)
    for each in found:
        session.delete(each)
    session.flush()
    if found:
        record(session, actor, "quiet.removed", _name(target), count=len(found))
    return len(found)


def let_urgent_through(session: Session, actor: Actor, target: MuteTarget, *, on: bool) -> list[QuietHours]:
    """Let urgent cards pass through the windows of a place, or hold them too.

    Raises NotAllowed, and InvalidRequest where there is no window.
    """
    require_change(session, actor, target)
    found = windows_of(session, actor.tenant, target)
    if not found:
        raise InvalidRequest(user_message=tr(NO_WINDOW))
    for each in found:
        each.lets_urgent_through = on
    session.flush()
    record(session, actor, "quiet.urgent", _name(target), on=on)
    return found


def windows_of(session: Session, tenant_id: int, target: MuteTarget) -> list[QuietHours]:
    """Return the windows of a place that are in use, oldest first."""
    mine = (QuietHours.tenant_id == tenant_id, QuietHours.scope == target.scope, QuietHours.is_enabled)
    query = select(QuietHours).where(*mine).order_by(QuietHours.id)
    return [
        each
        for each in session.scalars(query)
        if (each.space_id, each.user_id) == (target.space_id, target.user_id)
    ]


def count_held(session: Session, tenant_id: int, target: MuteTarget) -> tuple[int, datetime | None]:
    """Return how many deliveries to a place are held, up to `MOST_COUNTED`, and when the first one leaves."""
    ids = [group.destination_id for group in _held_groups(session, tenant_id, target)]
    if not ids:
        return 0, None
    mine = (Delivery.tenant_id == tenant_id, Delivery.destination_id.in_(ids), IS_HELD)
    some = select(Delivery.next_attempt_at).where(*mine).limit(MOST_COUNTED).subquery()
    first: Any = func.min(some.c.next_attempt_at, type_=Delivery.next_attempt_at.type)
    count, leaves_at = session.execute(select(func.count(), first).select_from(some)).one()
    return count, leaves_at


def targets_of(session: Session, tenant_id: int, destination_ids: Collection[int]) -> dict[int, MuteTarget]:
    """Return the places of destinations: a person for a direct message, else the space, by their ids."""
    mine = (Destination.tenant_id == tenant_id, Destination.id.in_(sorted(destination_ids)))
    query = select(Destination.id, Destination.space_id, User.id).join(Destination.user, isouter=True)
    rows: Any = session.execute(query.where(*mine))
    return {number: _target(space_id, user_id) for number, space_id, user_id in rows}


def _target(space_id: int | None, user_id: int | None) -> MuteTarget:
    if user_id is not None:
        return MuteTarget(MuteScope.USER, user_id=user_id)
    return MuteTarget(MuteScope.SPACE, space_id=space_id)


def deciding_scope(session: Session, tenant_id: int, target: MuteTarget) -> MuteScope:
    """Return whose quiet hours decide for a place: its own if it has any, else the team's."""
    return target.scope if windows_of(session, tenant_id, target) else MuteScope.TENANT


def send_delivery_now(session: Session, actor: Actor, number: str, at: datetime) -> None:
    """Make one held delivery due now.

    Raises NotAllowed, NotFound (also for one that the actor may not read), and InvalidRequest for one that is
    held no more.
    """
    delivery_id = row_id(number)
    mine = (
        Delivery.tenant_id == actor.tenant,
        Delivery.id == delivery_id,
        visible_to(actor, Action.LOG_READ),
    )
    query = select(Delivery.destination_id).join(Delivery.destination, isouter=True).where(*mine)
    place = session.scalar(query) if delivery_id is not None else None
    target = targets_of(session, actor.tenant, [place]).get(place) if place is not None else None
    if delivery_id is None or target is None:
        raise NotFound(user_message=tr("There is no such delivery any more."))
    require_change(session, actor, target)
    if not held.release_one(session, actor.tenant, delivery_id, at):
        raise InvalidRequest(user_message=tr("It is held no more."))
    record(session, actor, "quiet.sent_now", _name(target), count=1)


def send_held_now(session: Session, actor: Actor, target: MuteTarget, at: datetime) -> int:
    """Make what is held for a place due now, some batches of it; return how many. Raises NotAllowed."""
    require_change(session, actor, target)
    sent = 0
    for group in _held_groups(session, actor.tenant, target):
        for _ in range(MOST_BATCHES):
            moved = held.release(session, group, at)
            sent += moved
            if moved < held.BATCH:
                break
    if sent:
        record(session, actor, "quiet.sent_now", _name(target), count=sent)
    return sent


def _held_groups(session: Session, tenant_id: int, target: MuteTarget) -> list[held.HeldGroup]:
    groups = held.held_groups(session, tenant_id)
    return [
        each
        for each in groups
        if target.scope is MuteScope.TENANT
        or (target.space_id is not None and each.space_id == target.space_id)
        or (target.user_id is not None and each.user_id == target.user_id)
    ]


def require_change(session: Session, actor: Actor, target: MuteTarget) -> None:
    """Check that the actor may set quiet hours and digests of a place. Raises NotAllowed."""
    if target.scope is not MuteScope.USER:
        require(session, actor, Action.ATTENTION_CHANGE)
        return
    require(session, actor, Action.ATTENTION_SELF)
    if target.user_id != actor.user_id:
        raise refusal_of_others()


def may_change(actor: Actor, target: MuteTarget) -> bool:
    """Tell whether the actor may set quiet hours and digests of a place."""
    if target.scope is not MuteScope.USER:
        return actor.may(Action.ATTENTION_CHANGE)
    return actor.may(Action.ATTENTION_SELF) and target.user_id == actor.user_id


def _name(target: MuteTarget) -> str:
    """Return what the audit trail calls a place."""
    own = target.space_id if target.space_id is not None else target.user_id
    return f"{target.scope} {own}" if own is not None else str(target.scope)
