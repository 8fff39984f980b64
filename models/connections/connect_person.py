"""Stores the consent of a person who wants to act in Pipedrive as themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest, NotAllowed
from models.languages.translate import tr
from models.pipedrive.rest.me import Me
from models.security.audit import record
from models.tables.accounts import User
from models.tables.connections import Connection, ConnectionState, PersonalConnection, PipedriveUser


def connect_person(
    session: Session,
    tenant_id: int,
    email: str,
    me: Me,
    closed: Callable[[int | None], Mapping[str, Any]],
) -> None:
    """From now on this user's actions in Chat are written to Pipedrive as `me`.

    `closed` returns the encrypted token columns for this user's row; for None, the tenant's own row. Whoever
    connected the tenant shares its grant: Pipedrive may keep only one for a user and an app, and
    then a second one would end the first. The session is a writing one of the tenant or of all.
    Raises NotAllowed if they are no user or their role does not write in Pipedrive, InvalidRequest for
    another company's consent.
    """
    user = session.scalar(select(User).where(User.tenant_id == tenant_id, User.email == email))
    if user is None:
        raise NotAllowed(
            user_message=tr("You are no user of this team any more. Ask an admin of it to add you.")
        )
    require(session, Actor(email, tenant_id, user_id=user.id, role=user.role), Action.CARD_PRESS)
    team = _company(session, tenant_id, me)
    row = _row(session, user) or PersonalConnection(tenant_id=tenant_id, user_id=user.id)
    row.pipedrive_user_id, row.state, row.refreshed_at = me.user_id, ConnectionState.CONNECTED, now()
    row.access_token = row.refresh_token = None
    shares = team.user_id == me.user_id and team.state == ConnectionState.CONNECTED
    for name, value in closed(None if shares else user.id).items():
        setattr(team if shares else row, name, value)
    session.add(row)
    user.pipedrive_user_id = me.user_id
    _remember(session, tenant_id, me)
    record(session, Actor(email, tenant_id), "user.acts_as", email, pipedrive_user=me.user_id)


def connected_as(session: Session, tenant_id: int, email: str) -> str:
    """Return the name a user acts as in Pipedrive, empty if none. The session is of the tenant or of all."""
    own = and_(PersonalConnection.tenant_id == User.tenant_id, PersonalConnection.user_id == User.id)
    mine = and_(
        User.tenant_id == tenant_id,
        User.email == email,
        PersonalConnection.state == ConnectionState.CONNECTED,
    )
    query = select(PersonalConnection.pipedrive_user_id).join(User, own).where(mine)
    if (number := session.scalar(query)) is None:
        return ""
    known = and_(PipedriveUser.tenant_id == tenant_id, PipedriveUser.pipedrive_id == number)
    row = session.scalar(select(PipedriveUser).where(known))
    return (row.name or row.email if row else "") or f"user {number}"


def _remember(session: Session, tenant_id: int, me: Me) -> None:
    """Store the Pipedrive user, if the daily list has not brought them yet."""
    known = and_(PipedriveUser.tenant_id == tenant_id, PipedriveUser.pipedrive_id == me.user_id)
    if session.scalar(select(PipedriveUser.id).where(known)) is None:
        values = {"name": me.name, "email": me.email, "is_admin": me.is_admin}
        session.add(PipedriveUser(tenant_id=tenant_id, pipedrive_id=me.user_id, **values))


def _company(session: Session, tenant_id: int, me: Me) -> Connection:
    """Return the tenant's connection, locked, if it is with the company of `me`."""
    ours = session.scalar(select(Connection).where(Connection.tenant_id == tenant_id).with_for_update())
    if ours is None:
        raise InvalidRequest(
            user_message=tr(
                "Your team has not connected Pipedrive yet. An admin can do so on the setup page."
            )
        )
    if ours.company_id != me.company_id:
        named = me.company_name or f"company {me.company_id}"
        known = ours.company_name or ours.domain or f"company {ours.company_id}"
        raise InvalidRequest(
            user_message=tr(
                "In Pipedrive you are signed in to {company}, but your team uses {yours}. Change the"
                " company in Pipedrive, then start again.",
                company=named,
                yours=known,
            )
        )
    return ours


def _row(session: Session, user: User) -> PersonalConnection | None:
    mine = and_(PersonalConnection.tenant_id == user.tenant_id, PersonalConnection.user_id == user.id)
    return session.scalar(select(PersonalConnection).where(mine).with_for_update())
