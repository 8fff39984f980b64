"""The browsers that are signed in to a team: listed, and signed out from elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action, Scope
from models.accounts.sessions import IDLE
from models.clock import now
from models.errors import NotFound
from models.security.audit import record
from models.tables.accounts import BrowserSession


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


def _of(actor: Actor) -> list[Any]:
    at = now()
    live = (BrowserSession.expires_at > at, BrowserSession.seen_at > at - IDLE)
    mine = [BrowserSession.tenant_id == actor.tenant, *live]
    if actor.scope(Action.API_ACCESS) is not Scope.TENANT:
        mine.append(BrowserSession.email == actor.name)
    return mine
