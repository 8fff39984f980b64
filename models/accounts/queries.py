"""Queries about accounts: who a person in Chat is, and who is in a team."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.operators import is_operator
from models.errors import NotFound
from models.languages.catalog import known_locale
from models.tables.accounts import Tenant, TenantStatus, User
from models.tables.destinations import Space


def actor_in_chat(session: Session, email: str, chat_name: str, space: str, *, is_dm: bool) -> Actor:
    """Find the tenant and the user of somebody in Chat. The session sees all tenants.

    A linked space decides; in a direct message, or an unlinked space, the person's e-mail does, if it
    belongs to exactly one tenant. Each of the three texts may be empty.
    """
    name = email or chat_name or "somebody in Chat"
    owner = session.scalar(select(Space.tenant_id).where(Space.name == space)) if space else None
    users = _users(session, email, chat_name)
    tenants = {user.tenant_id for user in users}
    found = Actor(name)
    if owner is not None:
        found = _actor(session, name, owner, users, is_certain=True, space=space)
    elif len(tenants) == 1:
        found = _actor(session, name, tenants.pop(), users, is_certain=is_dm)
    return replace(found, is_operator=is_operator(session, email))


def _users(session: Session, email: str, chat_name: str) -> list[User]:
    """Return the users a person may be: by e-mail, or by Chat name if Chat sends no e-mail."""
    if email:
        return list(session.scalars(select(User).where(User.email == email)))
    if chat_name:
        return list(session.scalars(select(User).where(User.chat_name == chat_name)))
    return []


def _actor(
    session: Session,
    name: str,
    tenant_id: int,
    users: list[User],
    *,
    is_certain: bool,
    space: str | None = None,
) -> Actor:
    user = next((user for user in users if user.tenant_id == tenant_id), None)
    tenant = session.execute(select(Tenant.name, Tenant.language).where(Tenant.id == tenant_id)).first()
    return Actor(
        name=name,
        tenant_id=tenant_id,
        tenant_name=tenant.name if tenant else "",
        user_id=user.id if user else None,
        role=user.role if user else None,
        chat_name=user.chat_name if user else None,
        is_certain=is_certain,
        space=space,
        language=user.language if user else "",
        chat_locale=user.chat_locale if user else "",
        tenant_language=tenant.language if tenant else "",
    )


def get_tenant(session: Session, tenant_id: int) -> Tenant:
    return session.get_one(Tenant, tenant_id)


def find_tenant(session: Session, tenant_id: int) -> Tenant | None:
    return session.get(Tenant, tenant_id)


def tenant_id_of(session: Session, name: str) -> int:
    """Return the id of the tenant of this name. Raises NotFound. The session sees all tenants."""
    tenant_id = session.scalar(select(Tenant.id).where(Tenant.name == name))
    if tenant_id is None:
        raise NotFound(f"no tenant is named {name!r}")
    return tenant_id


def tenants_named(session: Session, name: str) -> list[Tenant]:
    """Return the tenant of exactly this name, else all that differ by capitals alone.

    The session sees all tenants. Databases know capitals of their own, so they are compared here.
    """
    exact = session.scalars(select(Tenant).where(Tenant.name == name)).all()
    if exact:
        return list(exact)
    named = session.execute(select(Tenant.id, Tenant.name).order_by(Tenant.name)).all()
    ids = [tenant_id for tenant_id, each in named if each.casefold() == name.casefold()]
    return [session.get_one(Tenant, tenant_id) for tenant_id in ids]


def active_tenants(session: Session) -> list[int]:
    """Return the ids of all tenants that are not being erased or switched off."""
    query = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    return list(session.scalars(query.order_by(Tenant.id)))


def languages_of_tenants(session: Session) -> list[str]:
    """Return the languages in which tenants' spaces get cards: `en`, `de`. The session sees all tenants."""
    is_active = Tenant.status == TenantStatus.ACTIVE
    return list(session.scalars(select(Tenant.language).where(is_active).distinct()))


def tenant_exists(session: Session, name: str) -> bool:
    return session.execute(select(Tenant.id).where(Tenant.name == name)).first() is not None


def display_name_of(session: Session, email: str) -> str:
    """Return somebody's display name in any tenant, empty if unknown. The session sees all tenants."""
    named = select(User.display_name).where(User.email == email, User.display_name != "")
    return session.scalar(named.limit(1)) or ""


def people_of(session: Session, tenant_id: int) -> list[tuple[str, str]]:
    """Return the users of a tenant as (e-mail, display name, else the e-mail), by name."""
    query = select(User.email, User.display_name).where(User.tenant_id == tenant_id, User.email != "")
    people = [(email, name or email) for email, name in session.execute(query)]
    return sorted(people, key=lambda each: each[1].casefold())


def chat_names_of(session: Session, tenant_id: int, pipedrive_ids: Collection[str]) -> dict[str, str]:
    """Return the Chat names (`users/123`) of those Pipedrive users who are matched and known in Chat."""
    matched = and_(User.tenant_id == tenant_id, User.pipedrive_user_id.in_(sorted(pipedrive_ids)))
    query = select(User.pipedrive_user_id, User.chat_name).where(matched, User.chat_name.is_not(None))
    return {str(each): str(name) for each, name in session.execute(query.order_by(User.id.desc())) if name}


def languages_of_people(session: Session, tenant_id: int) -> dict[str, str]:
    """Return the locales of a tenant's users whose language is known, by e-mail: as chosen, else Chat's."""
    is_known = (User.language != "") | (User.chat_locale != "")
    query = select(User.email, User.language, User.chat_locale).where(User.tenant_id == tenant_id, is_known)
    found = {email: known_locale(own) or known_locale(chat) for email, own, chat in session.execute(query)}
    return {email: locale for email, locale in found.items() if locale}


def tenant_name(session: Session, tenant_id: int) -> str | None:
    return session.scalar(select(Tenant.name).where(Tenant.id == tenant_id))


def list_users(session: Session, tenant_id: int) -> list[User]:
    """Return all users of a tenant, by what people call them."""
    called = func.lower(func.coalesce(func.nullif(User.display_name, ""), User.email))
    query = select(User).where(User.tenant_id == tenant_id)
    return list(session.scalars(query.order_by(called, User.id)))


def find_users(session: Session, tenant_id: int, words: str, limit: int) -> tuple[list[User], int, int]:
    """Return users whose name or e-mail contains the words, how many there are, and how many the tenant has.

    At most `limit` are returned, in the order of `list_users`; of the others only names are read.
    """
    called = func.lower(func.coalesce(func.nullif(User.display_name, ""), User.email))
    named = select(User.id, User.display_name, User.email).where(User.tenant_id == tenant_id)
    rows = session.execute(named.order_by(called, User.id)).all()
    folded = words.casefold()
    fit = [row.id for row in rows if folded in f"{row.display_name} {row.email}".casefold()]
    mine = (User.tenant_id == tenant_id, User.id.in_(fit[:limit]))
    return list(session.scalars(select(User).where(*mine).order_by(called, User.id))), len(fit), len(rows)


def get_user(session: Session, tenant_id: int, user_id: int) -> User | None:
    return session.scalar(select(User).where(User.tenant_id == tenant_id, User.id == user_id))


def find_user(session: Session, tenant_id: int, email: str) -> User | None:
    return session.scalar(select(User).where(User.tenant_id == tenant_id, User.email == email))
