"""Notices: messages to a tenant's admins in Chat about something that needs their attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.clock import now
from models.deliveries.lanes import mark_due
from models.destinations.linking import add_direct_message
from models.tables.accounts import Role, User
from models.tables.deliveries import Delivery
from models.tables.destinations import PAUSED_BY, Destination

NOTICE: Final = "notice"  # the event type of a notice's delivery


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, a sentence or two with the next step, and the button for it (`url` is ours)."""

    title: str
    words: str
    button: str = ""
    url: str = ""


def notify_admins(session: Session, tenant_id: int, notice: Notice) -> int:
    """Create a notice for every admin whom Chat lets us write to; if none, for the oldest space.

    Returns how many are notified: 0 if Chat knows neither. The session is a writing one of the tenant or
    of all. Call it only on a change of state, so that each is reported once.
    """
    is_admin = and_(User.tenant_id == tenant_id, User.role == Role.ADMIN, User.chat_name.is_not(None))
    emails = session.scalars(select(User.email).where(is_admin).order_by(User.id)).all()
    direct = [add_direct_message(session, tenant_id, email) for email in emails]
    places = [place for place in direct if _lets_us_in(place)] or _oldest_space(session, tenant_id)
    return _create_deliveries(session, tenant_id, notice, places)


def notify_space(session: Session, tenant_id: int, space: str, notice: Notice) -> int:
    """Create a notice for a linked space (`spaces/AAAA`); returns 0 if the tenant has no such space."""
    here = and_(Destination.tenant_id == tenant_id, Destination.name == space)
    return _create_deliveries(
        session, tenant_id, notice, session.scalars(select(Destination).where(here)).all()
    )


def _lets_us_in(place: Destination) -> bool:
    """Return whether Chat accepts our messages there; a pause that the person asked for is ignored."""
    return place.is_active or (place.paused_because or PAUSED_BY).startswith(PAUSED_BY)


def _oldest_space(session: Session, tenant_id: int) -> Sequence[Destination]:
    open_spaces = and_(
        Destination.tenant_id == tenant_id, Destination.kind == "chat_space", Destination.is_active.is_(True)
    )
    return session.scalars(select(Destination).where(open_spaces).order_by(Destination.id).limit(1)).all()


def _create_deliveries(
    session: Session, tenant_id: int, notice: Notice, places: Sequence[Destination]
) -> int:
    for place in places:
        session.add(
            Delivery(
                tenant_id=tenant_id,
                destination_id=place.id,
                destination_name=place.name,
                event_type=NOTICE,
                lane=place.lane,
                is_urgent=True,  # never coalesced into a summary
                notice=asdict(notice),
            )
        )
    session.flush()
    mark_due(session, [(tenant_id, place.lane, now()) for place in places])
    return len(places)
