"""Where else a person's notifications go: to a space, or to a webhook of the team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require_targets
from models.destinations.queries import list_chosen_destinations
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.notifications.preferences import require_person
from models.notifications.types import NotificationChannel
from models.security.audit import record
from models.tables.accounts import User
from models.tables.destinations import INCOMING_WEBHOOK, OUTGOING_WEBHOOK, Destination
from models.tables.notifications import NotificationPlace

KINDS: Final[Mapping[NotificationChannel, tuple[str, ...]]] = {
    NotificationChannel.SPACE: ("chat_space", INCOMING_WEBHOOK),
    NotificationChannel.WEBHOOK: (OUTGOING_WEBHOOK,),
}


def places_of(session: Session, tenant_id: int, user_id: int) -> dict[NotificationChannel, Destination]:
    """Return the destinations that a person chose, by channel."""
    mine = (NotificationPlace.tenant_id == tenant_id, NotificationPlace.user_id == user_id)
    on_key = (
        Destination.tenant_id == NotificationPlace.tenant_id,
        Destination.id == NotificationPlace.destination_id,
        Destination.removed_at.is_(None),
    )
    query = select(NotificationPlace.channel, Destination).join(Destination, and_(*on_key)).where(*mine)
    rows = session.execute(query)
    return {NotificationChannel(channel): destination for channel, destination in rows}


def own_places(session: Session, actor: Actor) -> dict[NotificationChannel, Destination]:
    """Return the destinations that the actor chose, by channel. Raises NotAllowed."""
    return places_of(session, actor.tenant, require_person(session, actor))


def choose_place(session: Session, actor: Actor, name: str) -> NotificationChannel:
    """Choose a destination by its name for the channel of its kind; return the channel.

    Raises NotAllowed for one that a rule of the actor may not post to, NotFound, and InvalidRequest for one
    of another kind.
    """
    user_id = require_person(session, actor)
    known = list_chosen_destinations(session, actor.tenant)
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise NotFound(user_message=tr("There is no destination “{typed}”.", typed=name[:80]))
    channel = next((each for each, kinds in KINDS.items() if found.kind in kinds), None)
    if channel is None:
        raise InvalidRequest(user_message=tr("Notifications go to a space or to an outgoing webhook."))
    require_targets(session, actor, [found.name])
    _forget(session, actor.tenant, user_id, channel)
    place = NotificationPlace(tenant_id=actor.tenant, user_id=user_id, channel=channel)
    place.destination_id = found.id
    session.add(place)
    session.flush()
    record(session, actor, "preference.place", actor.name, channel=channel, destination=found.name)
    return channel


def forget_place(session: Session, actor: Actor, channel: NotificationChannel) -> None:
    """Choose no destination for a channel any more. Raises NotAllowed."""
    _forget(session, actor.tenant, require_person(session, actor), channel)
    record(session, actor, "preference.place", actor.name, channel=channel, destination="")


def place_id(session: Session, user: User, channel: NotificationChannel) -> int | None:
    """Return the destination that a person chose for a channel, None if none is or it takes no messages."""
    found = places_of(session, user.tenant_id, user.id).get(channel)
    return found.id if found is not None and found.is_active else None


def _forget(session: Session, tenant_id: int, user_id: int, channel: NotificationChannel) -> None:
    mine = (
        NotificationPlace.tenant_id == tenant_id,
        NotificationPlace.user_id == user_id,
        NotificationPlace.channel == channel,
    )
    session.execute(delete(NotificationPlace).where(*mine))
