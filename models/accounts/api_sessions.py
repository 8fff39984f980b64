"""Sessions of programs: a token is exchanged for one, refreshed with a new secret each time, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from models.accounts.tokens import ApiCaller, caller_with
from models.clock import now
from models.errors import TokenExpired, TokenInvalid
from models.security.audit import record
from models.security.secrets import digest_of, may_be_secret, new_secret
from models.tables.accounts import User
from models.tables.api import ApiSession, ApiToken, RefreshToken

REFRESH: Final = timedelta(days=30)  # a session that is not refreshed for so long has ended


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """A session as its program gets it: who calls, and the secret that refreshes it once."""

    caller: ApiCaller
    uid: str
    refresh_secret: str


def open_api_session(session: Session, caller: ApiCaller) -> IssuedSession:
    """Exchange the token of a caller for a new session."""
    opened = ApiSession(tenant_id=caller.actor.tenant, token_id=caller.token_id, expires_at=now() + REFRESH)
    session.add(opened)
    session.flush()
    return IssuedSession(caller, opened.uid, _add_refresh_token(session, opened))


def find_api_session(session: Session, uid: str) -> ApiCaller:
    """Return who calls with an access token of a session. The session sees all tenants.

    Raises TokenInvalid once it has ended or its token was revoked, TokenExpired.
    """
    query = select(ApiSession, ApiToken, User).join(ApiSession.token).join(ApiToken.user)
    found = session.execute(query.where(ApiSession.uid == uid)).first()
    if found is None or found[0].ended_at is not None:
        raise TokenInvalid
    return caller_with(session, found[1], found[2], session_uid=uid)


def tenant_of_refresh_token(session: Session, secret: str) -> int:
    """Return the tenant of a refresh token, used or not. The session sees all tenants.

    Raises TokenInvalid.
    """
    by_secret = RefreshToken.token_hash == digest_of(secret)
    found = session.scalar(select(RefreshToken.tenant_id).where(by_secret)) if may_be_secret(secret) else None
    if found is None:
        raise TokenInvalid
    return found


def refresh_api_session(session: Session, tenant_id: int, secret: str) -> IssuedSession | None:
    """Use up a refresh token and return its session with the next one.

    One that was used before may be stolen: then its session ends, and None is returned, so that this is
    committed. Raises TokenInvalid, TokenExpired.
    """
    opened, token, user = _of_refresh_token(session, tenant_id, secret)
    if opened.ended_at is not None:
        raise TokenInvalid
    caller = caller_with(session, token, user, session_uid=opened.uid)
    if opened.expires_at <= now():
        raise TokenExpired
    unused = and_(
        RefreshToken.tenant_id == tenant_id,
        RefreshToken.token_hash == digest_of(secret),
        RefreshToken.used_at.is_(None),
    )
    use = update(RefreshToken).where(unused).values(used_at=now()).returning(RefreshToken.id)
    if session.scalar(use.execution_options(synchronize_session=False)) is None:
        end_api_session(session, tenant_id, opened.uid)
        record(session, caller.actor, "token.reused", user.email, token=token.id)
        return None
    opened.expires_at = now() + REFRESH
    return IssuedSession(caller, opened.uid, _add_refresh_token(session, opened))


def end_by_refresh_token(session: Session, tenant_id: int, secret: str) -> None:
    """End the session of a refresh token; a repeat changes nothing. Raises TokenInvalid."""
    opened, _, _ = _of_refresh_token(session, tenant_id, secret)
    end_api_session(session, tenant_id, opened.uid)


def end_api_session(session: Session, tenant_id: int, uid: str) -> None:
    """End a session, so that neither its access tokens nor its refresh tokens are good any more."""
    mine = and_(ApiSession.tenant_id == tenant_id, ApiSession.uid == uid, ApiSession.ended_at.is_(None))
    ended = update(ApiSession).where(mine).values(ended_at=now())
    session.execute(ended.execution_options(synchronize_session=False))


def _of_refresh_token(session: Session, tenant_id: int, secret: str) -> tuple[ApiSession, ApiToken, User]:
    query = select(ApiSession, ApiToken, User).select_from(RefreshToken).join(RefreshToken.session)
    query = query.join(ApiSession.token).join(ApiToken.user)
    mine = (RefreshToken.tenant_id == tenant_id, RefreshToken.token_hash == digest_of(secret))
    found = session.execute(query.where(*mine)).first()
    if found is None:
        raise TokenInvalid
    return found[0], found[1], found[2]


def _add_refresh_token(session: Session, opened: ApiSession) -> str:
    secret = new_secret()
    made = RefreshToken(tenant_id=opened.tenant_id, session_id=opened.id, token_hash=digest_of(secret))
    session.add(made)
    session.flush()
    return secret
