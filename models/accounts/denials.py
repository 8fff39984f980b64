"""Attempts that were not allowed, in the audit trail: who tried what, once a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database, Session
from models.errors import DatabaseUnavailable
from models.security.audit import record
from models.tables.audit import AuditEntry

DENIED: Final = "access.denied"
ONCE_IN: Final = timedelta(minutes=1)
LOOKED_AT: Final = 50  # of the newest entries, so that somebody who tries on and on fills no trail

log = structlog.get_logger()


def note_denied(database: Database, actor: Actor, what: str, why: str) -> None:
    """Note an attempt in the trail of the actor's tenant, in a transaction of its own; never raises for it.

    `what` is the route, command or button; the same of the same person counts once a minute.
    """
    if actor.tenant_id is None:
        return
    log.info("access.denied", tenant_id=actor.tenant_id, user_id=actor.user_id, what=what)
    try:
        with database.writing(actor.tenant_id) as session:
            if not _was_noted(session, actor, what, now()):
                record(session, actor, DENIED, what, why=why[:200])
    except DatabaseUnavailable:
        log.warning("access.denied_not_noted", tenant_id=actor.tenant_id)


def _was_noted(session: Session, actor: Actor, what: str, at: datetime) -> bool:
    newest = (
        select(AuditEntry.actor, AuditEntry.action, AuditEntry.object, AuditEntry.created_at)
        .where(AuditEntry.tenant_id == actor.tenant_id)
        .order_by(AuditEntry.number.desc())
        .limit(LOOKED_AT)
    )
    same = (actor.name, DENIED, what[:320])
    return any(tuple(row)[:3] == same and row.created_at > at - ONCE_IN for row in session.execute(newest))
