"""Actions on a connection, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.connections.checks import ask_to_rotate
from models.connections.disconnect import begin_disconnect
from models.connections.people import match_manually
from models.connections.queries import has_manual_webhook
from models.security.audit import record

BY_EMAIL: Final = "by-email"  # the choice that matches by e-mail again


def disconnect(session: Session, actor: Actor) -> bool:
    """Begin to disconnect the tenant's Pipedrive; return whether there is a connection to end.

    A webhook that was made by hand is refused from now on, with or without a connection.
    Raises NotAllowed, OutsideStaging.
    """
    require(session, actor, Action.CONNECTION_CHANGE)
    by_hand = has_manual_webhook(session, actor.tenant)
    has_begun = begin_disconnect(session, actor.tenant)
    if has_begun or by_hand:
        record(session, actor, "connection.left", "Pipedrive")
    return has_begun


def rotate_webhooks(session: Session, actor: Actor) -> None:
    """Request new webhook credentials; old and new are valid together for a while.

    Raises NotAllowed, OutsideStaging.
    """
    require(session, actor, Action.CONNECTION_CHANGE)
    ask_to_rotate(session, actor.tenant)
    record(session, actor, "webhooks.rotated", "webhooks")


def match_user(session: Session, actor: Actor, user_id: int, pipedrive_id: str | None) -> None:
    """Set which Pipedrive user a user of the tenant is; None lets the e-mail decide again.

    Raises NotAllowed, NotFound (see `match_manually`).
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    match_manually(session, actor.tenant, user_id, pipedrive_id)
    how = BY_EMAIL if pipedrive_id is None else pipedrive_id
    record(session, actor, "user.matched", str(user_id), pipedrive=how)
