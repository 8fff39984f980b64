"""Tokens of people for programs: made, listed, revoked, and found again when a program calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action, Scope
from models.accounts.scopes import check_scopes, narrow_scopes, scopes_of
from models.clock import now
from models.errors import InvalidRequest, NotFound, TokenExpired, TokenInvalid
from models.security.audit import record
from models.security.secrets import digest_of, may_be_secret, new_secret
from models.tables.accounts import Tenant, TenantStatus, User
from models.tables.api import ApiToken

PREFIX: Final = "pn_"  # so that people and scanners recognise a token
DAYS: Final = 30
MOST_DAYS: Final = 366
MOST_TOKENS: Final = 20  # of one user, at a time
NAME_MOST: Final = 100
USED_EVERY: Final = timedelta(minutes=5)  # so that a call usually writes nothing


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """Who calls REST: the user of a token as the actor, and what the token allows them.

    `token_id` is the token that they have, or that was exchanged for what they have. `use_is_due`: it is time
    to record that the token was used. `session_uid`: of the session of an access token, else empty.
    """

    actor: Actor
    token_id: int
    scopes: frozenset[str]
    use_is_due: bool = False
    session_uid: str = ""


def create_token(
    session: Session,
    actor: Actor,
    email: str,
    *,
    scopes: Sequence[str] | None = None,
    days: int = DAYS,
    name: str = "",
) -> tuple[ApiToken, str]:
    """Make a token of a user of the tenant; return it with its secret, which is stored nowhere.

    People make their own tokens only. None for `scopes` means all that the user's role allows; what it does
    not allow is left out. Raises NotAllowed, NotFound for somebody who is no user, and InvalidRequest.
    """
    user = _user_named(session, actor, email)
    holder = actor_of_user(session, user)
    if not 1 <= days <= MOST_DAYS:
        raise InvalidRequest(user_message=f"A token is good for 1 to {MOST_DAYS} days.")
    _check_count(session, user)
    wanted = scopes_of(holder) if scopes is None else narrow_scopes(holder, check_scopes(scopes))
    if not wanted:
        raise InvalidRequest(user_message=f"The role of {user.email} allows nothing of these scopes.")
    secret = f"{PREFIX}{new_secret()}"
    made = ApiToken(
        tenant_id=actor.tenant,
        user_id=user.id,
        name=name.strip()[:NAME_MOST],
        token_hash=digest_of(secret),
        last_four=secret[-4:],
        scopes=wanted,
        expires_at=now() + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    record(session, actor, "token.made", user.email, token=made.id, scopes=wanted, days=days)
    return made, secret


def _user_named(session: Session, actor: Actor, email: str) -> User:
    require(session, actor, Action.API_ACCESS)
    mine = (User.tenant_id == actor.tenant, User.email == email.strip().lower())
    user = session.scalar(select(User).where(*mine))
    if user is None:
        raise NotFound(user_message=f"Nobody in this team has the e-mail {email.strip()[:320]!r}.")
    if not actor.is_system and user.id != actor.user_id:
        raise refusal(session, actor, Action.API_ACCESS)
    return user


def _check_count(session: Session, user: User) -> None:
    """Raise InvalidRequest for somebody who has as many tokens as one may have."""
    count = select(func.count(ApiToken.id)).where(*good_tokens(user.tenant_id), ApiToken.user_id == user.id)
    if (session.scalar(count) or 0) >= MOST_TOKENS:
        raise InvalidRequest(user_message=f"There are {MOST_TOKENS} tokens already. Revoke one first.")


def good_tokens(tenant_id: int) -> tuple[Any, ...]:
    """Return what a query has to ask for to find the tokens of a tenant that are good now."""
    return (ApiToken.tenant_id == tenant_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now())


def list_tokens(session: Session, actor: Actor) -> list[tuple[ApiToken, str]]:
    """Return the tokens that are good now, each with its user's e-mail: one's own, for admins all of them.

    Raises NotAllowed.
    """
    require(session, actor, Action.API_ACCESS)
    query = select(ApiToken, User.email).join(ApiToken.user).where(*good_tokens(actor.tenant))
    if actor.scope(Action.API_ACCESS) is not Scope.TENANT:
        query = query.where(ApiToken.user_id == actor.user_id)
    return [(token, email) for token, email in session.execute(query.order_by(ApiToken.id))]


def find_token(session: Session, actor: Actor, token_id: int | None) -> tuple[ApiToken, str]:
    """Return a token that the actor may revoke, with its user's e-mail. Raises NotAllowed, NotFound."""
    for token, email in list_tokens(session, actor):
        if token.id == token_id:
            return token, email
    raise NotFound(user_message="There is no such token, or it has ended already.")


def revoke_token(session: Session, actor: Actor, token_id: int | None) -> ApiToken:
    """End a token now, with all that it was exchanged for: one's own, or for admins anybody's.

    Raises NotAllowed, NotFound.
    """
    token, email = find_token(session, actor, token_id)
    token.revoked_at = now()
    session.flush()
    record(session, actor, "token.revoked", email, token=token.id)
    return token


def find_caller(session: Session, secret: str) -> ApiCaller:
    """Return who calls with a token. The session sees all tenants. Raises TokenInvalid, TokenExpired."""
    if not (secret.startswith(PREFIX) and may_be_secret(secret)):
        raise TokenInvalid
    query = select(ApiToken, User).join(ApiToken.user).where(ApiToken.token_hash == digest_of(secret))
    found = session.execute(query).first()
    if found is None:
        raise TokenInvalid
    return caller_with(session, *found)


def caller_with(session: Session, token: ApiToken, user: User, *, session_uid: str = "") -> ApiCaller:
    """Return who calls with a token that was found. Raises TokenInvalid, TokenExpired."""
    at = now()
    holder = actor_of_user(session, user)
    if token.revoked_at is not None or not is_active(session, token.tenant_id):
        raise TokenInvalid
    if token.expires_at <= at:
        raise TokenExpired
    scopes = frozenset(narrow_scopes(holder, token.scopes))
    is_due = token.used_at is None or token.used_at < at - USED_EVERY
    return ApiCaller(holder, token.id, scopes, is_due, session_uid)


def actor_of_user(session: Session, user: User) -> Actor:
    """Return the actor that a user of a tenant is when they act by a program."""
    name = session.scalar(select(Tenant.name).where(Tenant.id == user.tenant_id))
    return Actor(
        name=user.email,
        tenant_id=user.tenant_id,
        tenant_name=name or "",
        user_id=user.id,
        role=user.role,
        chat_name=user.chat_name,
        is_certain=True,
    )


def is_active(session: Session, tenant_id: int) -> bool:
    """Return whether a tenant is neither erased nor about to be."""
    return session.scalar(select(Tenant.status).where(Tenant.id == tenant_id)) == TenantStatus.ACTIVE


def note_use(session: Session, tenant_id: int, token_id: int, at: datetime) -> None:
    """Record that a token was used."""
    mine = (ApiToken.tenant_id == tenant_id, ApiToken.id == token_id)
    session.execute(update(ApiToken).where(*mine).values(used_at=at))
