"""Lets a Pipedrive user of a tenant become its user, by the e-mail that Google Chat has verified."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.connections.people import match
from models.security.audit import record
from models.tables.accounts import Role, Tenant, TenantStatus, User
from models.tables.connections import PipedriveUser

NAME_MOST: Final = 255


def tenant_to_join(session: Session, email: str, actor: Actor) -> int | None:
    """Return the tenant whose user somebody in Chat may become, None if there is none.

    In a linked space it is the space's tenant, elsewhere the only one with an active Pipedrive user of this
    e-mail, and that only for somebody who is a user of no tenant yet. Whom an admin removed does not join
    again by themselves. The session sees all tenants.
    """
    if not email or actor.user_id is not None:
        return None
    query = select(PipedriveUser.tenant_id).join(Tenant, Tenant.id == PipedriveUser.tenant_id)
    known = and_(PipedriveUser.email == email, PipedriveUser.is_active.is_(True))
    known = and_(known, PipedriveUser.was_removed.is_(False))
    query = query.where(known, Tenant.status == TenantStatus.ACTIVE).distinct()
    if actor.tenant_id is not None:
        return session.scalar(query.where(PipedriveUser.tenant_id == actor.tenant_id))
    if session.scalar(select(User.id).where(User.email == email).limit(1)) is not None:
        return None
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def join_tenant(session: Session, tenant_id: int, email: str, chat_name: str, name: str) -> None:
    """Make somebody a sales rep of a tenant; of two concurrent first words one does it.

    The session is a writing one of the tenant.
    """
    user = User(tenant_id=tenant_id, email=email, role=Role.SALES_REP, chat_name=chat_name or None)
    user.display_name = name[:NAME_MOST]
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError:
        return
    match(session, tenant_id)
    record(session, Actor(email, tenant_id), "user.joined", email, role=Role.SALES_REP)
