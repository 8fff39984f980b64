"""Who is asking, and on behalf of which tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.chat.interaction import ChatUser, Interaction
from models.tables import Space, Tenant, User

READERS: Final = ("analyst", "viewer")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. Without `tenant_id` nobody we know.

    `is_linked`: the tenant is certain, by a linked space or a direct message; else it is only what the
    person's e-mail says, good for linking this space and nothing more. `role` is None for somebody who is
    in a linked space without being a user of the tenant. `is_new_in_chat`: the user's Chat name is not
    noted yet.
    """

    name: str
    tenant_id: int | None = None
    tenant_name: str = ""
    is_linked: bool = False
    user_id: int | None = None
    role: str | None = None
    is_new_in_chat: bool = False

    @property
    def may_change(self) -> bool:
        """Whoever is let into a linked space may shape what it hears, except users who only read."""
        return self.role not in READERS

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def who(session: Session, interaction: Interaction) -> Actor:
    """Find the tenant of an interaction and the user in it. The session sees all tenants.

    A linked space decides; in a direct message, or a space nobody linked, the person's e-mail does, if it
    belongs to exactly one tenant.
    """
    person, space = interaction.user, interaction.space
    owner = session.scalar(select(Space.tenant_id).where(Space.name == space.name)) if space.name else None
    known = _users(session, person)
    if owner is not None:
        return _actor_of(session, person, owner, known, is_linked=True)
    tenants = {user.tenant_id for user in known}
    if len(tenants) != 1:
        return Actor(_actor(person))
    return _actor_of(session, person, tenants.pop(), known, is_linked=space.is_dm)


def _users(session: Session, person: ChatUser) -> list[User]:
    """Return the users a person may be: by e-mail, or by Chat name where Chat tells no e-mail."""
    if person.email:
        return list(session.scalars(select(User).where(User.email == person.email)))
    if person.name:
        return list(session.scalars(select(User).where(User.chat_name == person.name)))
    return []


def _actor_of(
    session: Session, person: ChatUser, tenant_id: int, known: list[User], *, is_linked: bool
) -> Actor:
    user = next((user for user in known if user.tenant_id == tenant_id), None)
    name = session.scalar(select(Tenant.name).where(Tenant.id == tenant_id)) or ""
    return Actor(
        name=_actor(person),
        tenant_id=tenant_id,
        tenant_name=name,
        is_linked=is_linked,
        user_id=user.id if user else None,
        role=user.role if user else None,
        is_new_in_chat=bool(user and person.name and user.chat_name != person.name),
    )


def _actor(person: ChatUser) -> str:
    """Name a person for the audit trail."""
    return person.email or person.name or "somebody in Chat"


def remember_chat_name(session: Session, actor: Actor, person: ChatUser) -> None:
    """Note which Chat user an e-mail belongs to. The session is a writing one of the user's tenant."""
    mine = (User.tenant_id == actor.tenant_id, User.id == actor.user_id)
    session.execute(update(User).where(*mine).values(chat_name=person.name))
    if person.display_name:
        unnamed = update(User).where(*mine, User.display_name == "")
        session.execute(unnamed.values(display_name=person.display_name))
