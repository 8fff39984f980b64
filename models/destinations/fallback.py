"""The fallback of a destination: where its cards go while it refuses us for good."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.destinations.configured import missing_setting
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.tables.destinations import NAMED_BY_PEOPLE, Destination

# A person is shown what that person may see, and all others what everybody may see: they do not mix.
WITH_FALLBACK: Final = ("chat_space", *NAMED_BY_PEOPLE)


def set_fallback(session: Session, destination: Destination, other: Destination | None) -> None:
    """Let cards go to `other` while the destination refuses us; None for nowhere.

    Raises InvalidRequest for a person, for itself, and where one would lead to the next.
    """
    if other is not None:
        if {destination.kind, other.kind} - set(WITH_FALLBACK):
            raise InvalidRequest.of_field("fallback", tr("People have no fallback, and are none."))
        if other.id == destination.id:
            raise InvalidRequest.of_field("fallback", tr("A destination cannot be its own fallback."))
        if other.fallback_id is not None or _is_fallback(session, destination):
            raise InvalidRequest.of_field("fallback", tr("A fallback has no fallback of its own."))
    destination.fallback_id = None if other is None else other.id
    session.flush()


def possible_fallbacks(session: Session, destination: Destination) -> list[Destination]:
    """Return the destinations that may be the fallback of this one, by name.

    One that nothing can be sent to from here is among them only if it is the fallback already.
    """
    if destination.kind not in WITH_FALLBACK or _is_fallback(session, destination):
        return []
    others = select(Destination).where(
        Destination.tenant_id == destination.tenant_id,
        Destination.id != destination.id,
        Destination.kind.in_(WITH_FALLBACK),
        Destination.fallback_id.is_(None),
    )
    found = session.scalars(others.order_by(Destination.name, Destination.id))
    present = destination.fallback_id
    return [each for each in found if each.id == present or not missing_setting(session, each.kind)]


def _is_fallback(session: Session, destination: Destination) -> bool:
    mine = (Destination.tenant_id == destination.tenant_id, Destination.fallback_id == destination.id)
    return session.scalar(select(Destination.id).where(*mine).limit(1)) is not None


def drop_fallback(session: Session, tenant_id: int, destination_id: int) -> None:
    """Let no destination fall back to this one, which is being removed."""
    mine = (Destination.tenant_id == tenant_id, Destination.fallback_id == destination_id)
    session.execute(update(Destination).where(*mine).values(fallback_id=None))
