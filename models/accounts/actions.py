"""Actions on accounts, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import Conflict, InvalidRequest, NotFound
from models.security.audit import record
from models.tables.accounts import ROLES, Role, User

EMAIL_MOST: Final = 320
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
LAST_ADMIN: Final = "This is the only admin of your team. Make somebody else an admin first."


def remember_chat_name(session: Session, actor: Actor, chat_name: str, display_name: str) -> None:
    """Store the acting user's Chat name, and their display name if none is known."""
    mine = (User.tenant_id == actor.tenant_id, User.id == actor.user_id)
    session.execute(update(User).where(*mine).values(chat_name=chat_name))
    if display_name:
        unnamed = update(User).where(*mine, User.display_name == "")
        session.execute(unnamed.values(display_name=display_name))


def set_role(session: Session, actor: Actor, user_id: int, role: str) -> None:
    """Give a user of the tenant another role; setting the present one changes nothing.

    Raises NotAllowed, NotFound, and InvalidRequest for an unknown role or for the last admin.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    role = _known_role(role)
    # The admins are locked, so that two of them cannot take each other's role at the same moment.
    admins = select(User).where(User.tenant_id == actor.tenant, User.role == Role.ADMIN).order_by(User.id)
    present = session.scalars(admins.with_for_update()).all()
    user = session.scalar(select(User).where(User.tenant_id == actor.tenant, User.id == user_id))
    if user is None:
        raise NotFound(user_message="This person is not in your team any more.")
    if user.role == role:
        return
    if [each.id for each in present] == [user.id]:
        raise InvalidRequest(user_message=LAST_ADMIN)
    before, user.role = user.role, role
    session.flush()
    record(session, actor, "user.role", user.email, before=before, role=role)


def invite_user(session: Session, actor: Actor, email: str, role: str) -> None:
    """Make somebody a user of the tenant, who is known by this e-mail in Chat and when signing in.

    Raises NotAllowed, InvalidRequest for an unknown role or what is no e-mail, Conflict for a user.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    role, email = _known_role(role), email.strip().lower()
    if len(email) > EMAIL_MOST or not _EMAIL.fullmatch(email):
        raise InvalidRequest(user_message="That is no e-mail address. Go back and type it again.")
    try:
        with session.begin_nested():
            session.add(User(tenant_id=actor.tenant, email=email, role=role))
            session.flush()
    except IntegrityError as known:
        in_team = f"{email} is in your team already. Choose the role in the list."
        raise Conflict(user_message=in_team) from known
    record(session, actor, "user.invited", email, role=role)


def _known_role(role: str) -> Role:
    if role not in ROLES:
        raise InvalidRequest(user_message="There is no such role. Go back and choose another.")
    return Role(role)
