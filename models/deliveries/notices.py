"""Notices: what a tenant's admins are told in Chat when something needs them."""

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

NOTICE: Final = "notice"  # the event type of a delivery that is one


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, a sentence or two with the next step, and the button that leads there (`url` is ours)."""

    title: str
    words: str
    button: str = ""
    url: str = ""


def notify_admins(session: Session, tenant_id: int, notice: Notice) -> int:
    """Owe a notice to every admin whom Chat lets us write to; to the oldest space where there is none.

    Returns how many will be told: 0 when Chat knows neither. The session is a writing one of the tenant or
    of all. Whoever calls tells on a change of state, once.
    """
    is_admin = and_(User.tenant_id == tenant_id, User.role == Role.ADMIN, User.chat_name.is_not(None))
    emails = session.scalars(select(User.email).where(is_admin).order_by(User.id)).all()
    direct = [add_direct_message(session, tenant_id, email) for email in emails]
    places = [place for place in direct if _lets_us_in(place)] or _oldest_space(session, tenant_id)
    return _create_deliveries(session, tenant_id, notice, places)


def notify_space(session: Session, tenant_id: int, space: str, notice: Notice) -> int:
    """Owe a notice to a linked space (`spaces/AAAA`); returns 0 where the tenant has no such space."""
    here = and_(Destination.tenant_id == tenant_id, Destination.name == space)
    return _create_deliveries(
        session, tenant_id, notice, session.scalars(select(Destination).where(here)).all()
    )


def _lets_us_in(place: Destination) -> bool:
    """Tell whether Chat takes what we write there; a pause that the person asked for does not matter here."""
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
                is_urgent=True,  # it is never folded into a summary
                notice=asdict(notice),
            )
        )
    session.flush()
    mark_due(session, [(tenant_id, place.lane, now()) for place in places])
    return len(places)
