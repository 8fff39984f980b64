"""Actions on accounts."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.tables.accounts import User


def remember_chat_name(session: Session, actor: Actor, chat_name: str, display_name: str) -> None:
    """Store the acting user's Chat name, and their display name if none is known."""
    mine = (User.tenant_id == actor.tenant_id, User.id == actor.user_id)
    session.execute(update(User).where(*mine).values(chat_name=chat_name))
    if display_name:
        unnamed = update(User).where(*mine, User.display_name == "")
        session.execute(unnamed.values(display_name=display_name))
