"""Answers to requests with an `Idempotency-Key`, kept for a day so that a repeat gets the same answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.clock import now
from models.errors import Conflict
from models.security.secrets import digest_of
from models.tables.api import IdempotentAnswer

KEPT: Final = timedelta(hours=24)
OTHER_BODY: Final = "This Idempotency-Key was used for another request. Take a new one."


def find_answer(session: Session, actor: Actor, key: str, request_hash: str) -> IdempotentAnswer | None:
    """Return the answer that a user's request with this key got; None for the first one, or after a day.

    Raises Conflict if the key was used for another request.
    """
    mine = (
        IdempotentAnswer.tenant_id == actor.tenant,
        IdempotentAnswer.user_id == actor.user_id,
        IdempotentAnswer.key_hash == digest_of(key),
    )
    found = session.scalar(select(IdempotentAnswer).where(*mine))
    if found is not None and found.created_at <= now() - KEPT:
        session.execute(delete(IdempotentAnswer).where(*mine))
        return None
    if found is not None and found.request_hash != request_hash:
        raise Conflict(user_message=OTHER_BODY)
    return found


def keep_answer(
    session: Session, actor: Actor, key: str, request_hash: str, *, status: int, body: str
) -> None:
    """Store an answer in the transaction of what was done; of two at the same moment one fails here."""
    session.add(
        IdempotentAnswer(
            tenant_id=actor.tenant,
            user_id=actor.user_id,
            key_hash=digest_of(key),
            request_hash=request_hash,
            status=status,
            body=body,
        )
    )
    session.flush()
