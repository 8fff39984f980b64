"""Audit entries: who did what and when; append-only, each chained to the one before it."""

from __future__ import annotations

import hmac
import json
from typing import Any, Final, Protocol

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.clock import now
from models.tables.audit import AuditAnchor, AuditEntry

_TRAIL: Final = 0x41554449  # the namespace of our advisory locks on PostgreSQL
_MOST_LOCKS: Final = 2**31


AUDITOR: Final = "auditor"  # the key of a session's auditor (`Database.auditor`)
RECORDED: Final = "recorded"


class Acting(Protocol):
    """The attributes of an actor that the trail needs (`models.accounts.actor.Actor`)."""

    @property
    def name(self) -> str: ...
    @property
    def tenant_id(self) -> int | None: ...


def record(session: Session, actor: Acting, action: str, subject: str, **details: Any) -> AuditEntry:
    """Append one entry to the trail of the actor's tenant, in the transaction of the act itself.

    The session comes from a `Database` with an auditor, and remembers that an entry was written in it.
    """
    if actor.tenant_id is None:
        raise TypeError(f"{action} by {actor.name}, who acts for no tenant")
    auditor: Auditor = session.info[AUDITOR]
    session.info[RECORDED] = True
    return auditor.record(session, actor.tenant_id, actor.name, action, subject[:320], **details)


def has_recorded(session: Session) -> bool:
    """Return whether an audit entry was written in this session."""
    return bool(session.info.get(RECORDED))


class Auditor:
    """Writes and checks the chain; the signing key is the installation's SECRET_KEY."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = secret_key

    def record(
        self,
        session: Session,
        tenant_id: int,
        actor: str,
        action: str,
        subject: str,
        **details: Any,
    ) -> AuditEntry:
        """Append one entry. The session must be a writing one: the number is taken inside it.

        Concurrent appends for the same tenant wait until this transaction has ended.
        """
        _wait_for_turn(session, tenant_id)
        last = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.tenant_id == tenant_id)
            .order_by(AuditEntry.number.desc())
            .limit(1),
        ).first()
        entry = AuditEntry(
            tenant_id=tenant_id,
            number=last.number + 1 if last else 1,
            actor=actor,
            action=action,
            object=subject,
            details=details,
            created_at=now(),
            chained="",
        )
        entry.chained = self._chain(last.chained if last else "", entry)
        session.add(entry)
        session.flush()
        self._anchor(session, entry, is_first=last is None)
        return entry

    def anchor_unanchored(self, session: Session) -> None:
        """Anchor the trails that have no anchor, after a release that wrote none.

        Afterwards a missing anchor means that somebody removed it. The session sees all tenants.
        """
        is_anchored = select(AuditAnchor.tenant_id).where(AuditAnchor.tenant_id == AuditEntry.tenant_id)
        newest = (
            select(AuditEntry.tenant_id, func.max(AuditEntry.number))
            .where(~is_anchored.exists())
            .group_by(AuditEntry.tenant_id)
        )
        for tenant_id, number in session.execute(newest).all():
            mine = and_(AuditEntry.tenant_id == tenant_id, AuditEntry.number == number)
            self._anchor(session, session.scalars(select(AuditEntry).where(mine)).one(), is_first=True)

    def _anchor(self, session: Session, newest: AuditEntry, *, is_first: bool) -> None:
        """Note that a trail reaches to this entry. An anchor that was removed is not made again."""
        anchor = session.get(AuditAnchor, newest.tenant_id)
        if anchor is None and not is_first:
            return
        anchor = anchor or AuditAnchor(tenant_id=newest.tenant_id)
        anchor.number, anchor.proof = newest.number, self._proof(newest)
        session.add(anchor)
        session.flush()

    def first_broken(self, session: Session, tenant_id: int) -> int | None:
        """Return the number of the first entry that was changed, removed or reordered; None if valid.

        The newest entries may be missing, too: the anchor says how far the trail reaches. Entries after the
        anchor were written by a release before 0006. A trail that was put back together with its anchor, as
        from a backup, is valid.
        """
        before, anchor = "", session.get(AuditAnchor, tenant_id)
        number, is_reached = 0, False
        query = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id).order_by(AuditEntry.number)
        for number, entry in enumerate(session.scalars(query), start=1):
            if entry.number != number or not hmac.compare_digest(entry.chained, self._chain(before, entry)):
                return number
            before = entry.chained
            if anchor is not None and anchor.number == number:
                is_reached = hmac.compare_digest(anchor.proof, self._proof(entry))
        return None if is_reached or (number == 0 and anchor is None) else number + 1

    def _proof(self, newest: AuditEntry) -> str:
        row = ["anchor", newest.tenant_id, newest.number, newest.chained]
        return hmac.digest(self._key, json.dumps(row).encode(), "sha256").hex()

    def _chain(self, before: str, entry: AuditEntry) -> str:
        row = [
            before,
            entry.tenant_id,
            entry.number,
            entry.actor,
            entry.action,
            entry.object,
            entry.details,
            entry.created_at.isoformat(timespec="microseconds"),
        ]
        return hmac.digest(self._key, json.dumps(row, sort_keys=True).encode(), "sha256").hex()


def _wait_for_turn(session: Session, tenant_id: int) -> None:
    """On PostgreSQL, serialise the transactions that append for a tenant; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TRAIL, tenant_id % _MOST_LOCKS)))
