"""Actions on people that are told to them in a direct message."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.accounts.actions import set_role
from models.accounts.actor import Actor
from models.accounts.queries import tenant_name
from models.accounts.rights import role_text
from models.deliveries.notices import Notice, notify_user, press_url
from models.languages.translate import for_later
from models.tables.accounts import User


def set_role_and_notify(session: Session, actor: Actor, user_id: int, role: str) -> User | None:
    """Give a user another role and tell them; return them, None for the same role.

    Raises NotAllowed, NotFound, InvalidRequest (see `set_role`).
    """
    changed = set_role(session, actor, user_id, role)
    if changed is None:
        return None
    user, before = changed
    if user.email != actor.name.casefold():
        team = tenant_name(session, user.tenant_id) or for_later("your team")
        title = for_later("Your role in {team} is now {role}", team=team[:80], role=role_text(user.role))
        words = for_later("It was {role}. Help shows what you may do now.", role=role_text(before))
        notify_user(session, actor, user, Notice(title, words, for_later("Help"), press_url("help.show")))
    return user
