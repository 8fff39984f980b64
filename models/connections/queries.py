"""Queries about connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import Session

from models.clock import now
from models.tables.accounts import User
from models.tables.connections import (
    Connection,
    ConnectionState,
    PersonalConnection,
    WebhookCredential,
    WebhookSubscription,
)

EXPIRED: Final = "expired"
UNUSED_LIFE: Final = timedelta(days=60)  # after this time Pipedrive expires an unused refresh token


def get_connection(session: Session, tenant_id: int) -> Connection | None:
    return session.scalar(select(Connection).where(Connection.tenant_id == tenant_id))


def connection_word(connection: Connection | None) -> str:
    """Return the state of a connection as programs read it: none, connected, expired, leaving or revoked."""
    if connection is None:
        return ConnectionState.NONE
    state, refreshed_at = connection.state, connection.refreshed_at
    is_unused = refreshed_at is not None and refreshed_at < now() - UNUSED_LIFE
    if state == ConnectionState.NEEDS_REAUTH or (state == ConnectionState.CONNECTED and is_unused):
        return EXPIRED
    is_empty = state == ConnectionState.CONNECTED and connection.refresh_token is None
    return ConnectionState.NONE if is_empty else state


def link_base(session: Session, tenant_id: int) -> str:
    """Return the address of a tenant's Pipedrive, `https://acme.pipedrive.com`, empty if it is not known."""
    domain = session.scalar(select(Connection.domain).where(Connection.tenant_id == tenant_id))
    return f"https://{domain}" if domain else ""


def personal_state(session: Session, tenant_id: int, user_id: int) -> str | None:
    """Return the state of a user's own connection, None if they never made one."""
    mine = (PersonalConnection.tenant_id == tenant_id, PersonalConnection.user_id == user_id)
    return session.scalar(select(PersonalConnection.state).where(*mine))


@dataclass(frozen=True, slots=True)
class OwnGrant:
    """With which grant a person writes, and who they are in Pipedrive.

    `token_user_id` is the user whose token it is, None for the tenant's: whoever connected the tenant shares
    its grant.
    """

    token_user_id: int | None
    pipedrive_user_id: str


def own_grant(session: Session, tenant_id: int, user_id: int) -> OwnGrant | None:
    """Return the grant by which a user writes to Pipedrive as themselves, None if they gave none."""
    mine = and_(
        PersonalConnection.tenant_id == tenant_id,
        PersonalConnection.user_id == user_id,
        PersonalConnection.state == ConnectionState.CONNECTED,
    )
    number = session.scalar(select(PersonalConnection.pipedrive_user_id).where(mine))
    if number:
        return OwnGrant(user_id, number)
    made_by_them = and_(
        Connection.tenant_id == tenant_id,
        User.tenant_id == tenant_id,
        User.id == user_id,
        User.email == Connection.connected_by,
        Connection.state == ConnectionState.CONNECTED,
    )
    number = session.scalar(select(Connection.user_id).join(User, made_by_them))
    return OwnGrant(None, number) if number else None


def count_personal(session: Session, tenant_id: int) -> int:
    """Count the users of a tenant who have a personal connection."""
    mine = (
        PersonalConnection.tenant_id == tenant_id,
        PersonalConnection.state == ConnectionState.CONNECTED,
    )
    return session.scalar(select(func.count(PersonalConnection.id)).where(*mine)) or 0


def count_working(session: Session, tenant_id: int) -> int:
    """Count the authorisations at Pipedrive that work: the tenant's, and those of its people."""
    of_team = connection_word(get_connection(session, tenant_id)) == ConnectionState.CONNECTED
    return of_team + count_personal(session, tenant_id)


def gets_events(session: Session, tenant_id: int) -> bool:
    """Return whether Pipedrive's events reach this tenant: authorised, or by a webhook made by hand."""
    by_oauth = select(Connection.id).where(
        Connection.tenant_id == tenant_id, Connection.state == ConnectionState.CONNECTED
    )
    by_hand = select(WebhookCredential.id).where(WebhookCredential.tenant_id == tenant_id)
    return session.scalar(select(true()).where(by_oauth.exists() | by_hand.exists())) is not None


def has_manual_webhook(session: Session, tenant_id: int) -> bool:
    """Return whether events come by a webhook that a person made in Pipedrive, and not by ours."""
    keeps = select(Connection.keeps_webhooks).where(Connection.tenant_id == tenant_id)
    mine = select(WebhookCredential.id).where(WebhookCredential.tenant_id == tenant_id)
    return not session.scalar(keeps) and session.scalar(mine.limit(1)) is not None


def count_live_webhooks(session: Session, tenant_id: int) -> int:
    """Count our webhooks in Pipedrive without a problem."""
    mine = (WebhookSubscription.tenant_id == tenant_id, WebhookSubscription.problem == "")
    return session.scalar(select(func.count(WebhookSubscription.id)).where(*mine)) or 0


def count_matched_users(session: Session, tenant_id: int) -> tuple[int, int]:
    """Count a tenant's users, and those of them who are matched with a Pipedrive user."""
    counts = select(func.count(User.id), func.count(User.pipedrive_user_id))
    everybody, matched = session.execute(counts.where(User.tenant_id == tenant_id)).one()
    return everybody, matched


def list_subscriptions(session: Session, tenant_id: int) -> Sequence[WebhookSubscription]:
    mine = select(WebhookSubscription).where(WebhookSubscription.tenant_id == tenant_id)
    return session.scalars(mine.order_by(WebhookSubscription.entity, WebhookSubscription.id)).all()


def personal_connections(session: Session, tenant_id: int) -> Sequence[PersonalConnection]:
    mine = PersonalConnection.tenant_id == tenant_id
    return session.scalars(select(PersonalConnection).where(mine)).all()


def users_with_tokens(session: Session, tenant_id: int) -> list[int]:
    """Return the users whose own connection has a refresh token of its own."""
    has_token = (PersonalConnection.tenant_id == tenant_id, PersonalConnection.refresh_token.is_not(None))
    return list(session.scalars(select(PersonalConnection.user_id).where(*has_token)))


def users_unused_since(session: Session, tenant_id: int, since: datetime) -> list[int]:
    """Return the users whose own connection stands and was not used since then."""
    used_at = func.coalesce(PersonalConnection.refreshed_at, PersonalConnection.created_at)
    mine = (
        PersonalConnection.tenant_id == tenant_id,
        PersonalConnection.state == ConnectionState.CONNECTED,
        used_at < since,
    )
    return list(session.scalars(select(PersonalConnection.user_id).where(*mine)))
