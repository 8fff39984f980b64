"""The browsers and programs that have a session of a team: listed, and ended from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.api_sessions import REFRESH, end_api_session
from models.accounts.permissions import require
from models.accounts.rights import Action, Scope
from models.accounts.sessions import IDLE
from models.accounts.tokens import good_tokens
from models.clock import now
from models.errors import NotFound
from models.security.audit import record
from models.tables.accounts import BrowserSession, User
from models.tables.api import ApiSession, ApiToken


@dataclass(frozen=True, slots=True)
class ProgramSession:
    """A session of a program: of whose token it is, when it was made, and when refreshed the last time."""

    id: int
    uid: str
    email: str
    token_name: str
    token_last_four: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


def list_sessions(session: Session, actor: Actor, limit: int) -> list[BrowserSession]:
    """Return the live sessions that look at the actor's tenant, the last used first.

    One's own, for admins all of them. Raises NotAllowed.
    """
    require(session, actor, Action.API_ACCESS)
    query = select(BrowserSession).where(*_of(actor))
    newest = query.order_by(BrowserSession.seen_at.desc(), BrowserSession.id.desc())
    return list(session.scalars(newest.limit(limit)))


def end_session(session: Session, actor: Actor, session_id: int) -> None:
    """Sign a browser out: one's own, for admins anybody's that looks at the tenant.

    Raises NotAllowed, and NotFound also for a session that is not the actor's to end.
    """
    require(session, actor, Action.API_ACCESS)
    found = session.scalar(select(BrowserSession).where(*_of(actor), BrowserSession.id == session_id))
    if found is None:
        raise NotFound
    record(session, actor, "session.ended", found.email, browser=found.agent)
    session.delete(found)
    session.flush()


def list_program_sessions(session: Session, actor: Actor) -> list[ProgramSession]:
    """Return the sessions of programs that are good now, the oldest first: one's own, for admins all of them.

    Raises NotAllowed.
    """
    require(session, actor, Action.API_ACCESS)
    query = select(ApiSession, ApiToken, User.email).join(ApiSession.token).join(ApiToken.user)
    query = query.where(*good_tokens(actor.tenant), ApiSession.tenant_id == actor.tenant)
    query = query.where(ApiSession.ended_at.is_(None), ApiSession.expires_at > now())
    if actor.scope(Action.API_ACCESS) is not Scope.TENANT:
        query = query.where(ApiToken.user_id == actor.user_id)
    return [_program(*row) for row in session.execute(query.order_by(ApiSession.id))]


def _program(opened: ApiSession, token: ApiToken, email: str) -> ProgramSession:
    return ProgramSession(
        opened.id,
        opened.uid,
        email,
        token.name,
        token.last_four,
        opened.created_at,
        max(opened.created_at, opened.expires_at - REFRESH),  # each refresh moves the end
        opened.expires_at,
    )


def end_program_session(session: Session, actor: Actor, session_id: int) -> ProgramSession:
    """End a session of a program, not its token: one's own, for admins anybody's of the team.

    Raises NotAllowed, and NotFound also for a session that is not the actor's to end.
    """
    found = next((each for each in list_program_sessions(session, actor) if each.id == session_id), None)
    if found is None:
        raise NotFound
    end_api_session(session, actor.tenant, found.uid)
    record(session, actor, "session.ended", found.email, token=found.token_name or found.token_last_four)
    return found


def _of(actor: Actor) -> list[Any]:
    at = now()
    live = (BrowserSession.expires_at > at, BrowserSession.seen_at > at - IDLE)
    mine = [BrowserSession.tenant_id == actor.tenant, *live]
    if actor.scope(Action.API_ACCESS) is not Scope.TENANT:
        mine.append(BrowserSession.email == actor.name)
    return mine
