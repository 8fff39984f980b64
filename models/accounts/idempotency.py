"""Answers to requests with an `Idempotency-Key`, kept for a day so that a repeat gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.clock import now
from models.errors import Conflict, SecretUnreadable
from models.security.contents import has_lost
from models.security.secrets import digest_of
from models.security.vault import Vault, associated_data
from models.tables.api import IdempotentAnswer

KEPT: Final = timedelta(hours=24)
OTHER_BODY: Final = "This Idempotency-Key was used for another request. Take a new one."


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered."""

    status: int
    body: str


def find_answer(
    session: Session, actor: Actor, key: str, request_hash: str, vault: Vault | None = None
) -> KeptAnswer | None:
    """Return the answer that a user's request with this key got; None for the first one, or after a day.

    `vault` opens the answer of a route whose answers are kept encrypted. Raises Conflict if the key was used
    for another request, SecretUnreadable.
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
    if found is None:
        return None
    if has_lost(found):
        raise SecretUnreadable("the kept answer: no key at hand opens it")
    body = found.body if vault is None else vault.open(found.body, _place_of(actor, found.key_hash))
    return KeptAnswer(found.status, body)


def keep_answer(
    session: Session,
    actor: Actor,
    key: str,
    request_hash: str,
    answer: KeptAnswer,
    vault: Vault | None = None,
) -> None:
    """Store an answer in the transaction of what was done; of two at the same moment one fails here.

    With a vault it is encrypted: it has a secret, which is shown to whoever asks with the same key.
    """
    hashed = digest_of(key)
    body = answer.body if vault is None else vault.close(answer.body, _place_of(actor, hashed))
    session.add(
        IdempotentAnswer(
            tenant_id=actor.tenant,
            user_id=actor.user_id,
            key_hash=hashed,
            request_hash=request_hash,
            status=answer.status,
            body=body,
        )
    )
    session.flush()


def _place_of(actor: Actor, key_hash: str) -> str:
    row = f"{actor.user_id}|{key_hash}"
    return associated_data(actor.tenant, IdempotentAnswer.__tablename__, "body", row)
