"""Audit entries: who did what and when; append-only, each chained to the one before it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from models.clock import now
from models.security.request_origin import request_details
from models.tables.audit import AuditAnchor, AuditEntry

_TRAIL: Final = 0x41554449  # the namespace of our advisory locks on PostgreSQL
_MOST_LOCKS: Final = 2**31


AUDITOR: Final = "auditor"  # the key of a session's auditor (`Database.auditor`)
RECORDED: Final = "recorded"
PART: Final = 1_000  # entries that a check has in memory at once
_OF_ENTRY: Final = (
    AuditEntry.tenant_id,
    AuditEntry.number,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.object,
    AuditEntry.details,
    AuditEntry.chained,
    AuditEntry.created_at,
)


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """What a check of a part of a trail found.

    Entries up to `number` are as they were written; `broken` is the number of the first that is not.
    `is_end`: nothing is left to check.
    """

    number: int
    broken: int | None
    is_end: bool


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
            details=details | request_details(),
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
        anchor.number = newest.number
        anchor.proof = self._anchor_proof("anchor", newest.tenant_id, newest.number, newest.chained)
        session.add(anchor)
        session.flush()

    def first_broken(self, session: Session, tenant_id: int) -> int | None:
        """Return the number of the first entry that was changed, removed or reordered; None if valid."""
        part = self.check_part(session, tenant_id)
        while part.broken is None and not part.is_end:
            part = self.check_part(session, tenant_id, part.number)
        return part.broken

    def check_part(self, session: Session, tenant_id: int, after: int = 0, most: int = PART) -> CheckedPart:
        """Check at most `most` entries of a trail, those that follow number `after`, checked before.

        The newest entries may be missing, too: the anchor says how far the trail reaches. Entries after the
        anchor were written by a release before 0006. A trail that was put back together with its anchor, as
        from a backup, is valid, and so is one whose oldest entries were deleted by their age.
        """
        anchor = session.get(AuditAnchor, tenant_id)
        start = anchor.start_number if anchor else 0
        number, chain = max(after, start), _chained_of(session, tenant_id, after)
        if anchor is not None and number == start and start:
            is_ours = hmac.compare_digest(anchor.start_proof, self._start_proof(anchor))
            chain = anchor.start_chain if is_ours else None
        if chain is None:
            return CheckedPart(number, number + 1, is_end=True)
        rows = _entries_after(session, tenant_id, number, most)
        for row in rows:
            if row.number != number + 1 or not hmac.compare_digest(row.chained, self._chain(chain, row)):
                return CheckedPart(number, number + 1, is_end=True)
            number, chain = row.number, row.chained
        if len(rows) == most:
            return CheckedPart(number, None, is_end=False)
        is_whole = self._is_anchored(session, anchor) if anchor else number == 0
        return CheckedPart(number, None if is_whole else number + 1, is_end=True)

    def delete_until(self, session: Session, tenant_id: int, before: datetime, most: int) -> int:
        """Delete at most `most` of a trail's oldest entries, those written before a time; return how many.

        The newest entry stays. Only what is unbroken goes: nobody hides a change behind its age. The session
        is a writing one of this tenant.
        """
        _wait_for_turn(session, tenant_id)
        anchor = session.get(AuditAnchor, tenant_id)
        if anchor is None:
            return 0
        oldest = _entries_after(session, tenant_id, anchor.start_number, most)
        old = [row for row in oldest if row.number < anchor.number and row.created_at < before]
        if not old or self.check_part(session, tenant_id, anchor.start_number, len(old)).broken:
            return 0
        anchor.start_number, anchor.start_chain = old[-1].number, old[-1].chained
        anchor.start_proof = self._start_proof(anchor)
        mine = and_(AuditEntry.tenant_id == tenant_id, AuditEntry.number <= old[-1].number)
        session.execute(delete(AuditEntry).where(mine).execution_options(synchronize_session=False))
        session.flush()
        return len(old)

    def _is_anchored(self, session: Session, anchor: AuditAnchor) -> bool:
        """Return whether the entry that an anchor names is there, and is the one it was made for."""
        chain = _chained_of(session, anchor.tenant_id, anchor.number)
        proof = self._anchor_proof("anchor", anchor.tenant_id, anchor.number, chain or "")
        return chain is not None and hmac.compare_digest(anchor.proof, proof)

    def _start_proof(self, anchor: AuditAnchor) -> str:
        return self._anchor_proof("start", anchor.tenant_id, anchor.start_number, anchor.start_chain)

    def _anchor_proof(self, what: str, tenant_id: int, number: int, chain: str) -> str:
        row = [what, tenant_id, number, chain]
        return hmac.digest(self._key, json.dumps(row).encode(), "sha256").hex()

    def _chain(self, before: str, entry: Any) -> str:
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


def _entries_after(session: Session, tenant_id: int, number: int, most: int) -> Sequence[Any]:
    mine = and_(AuditEntry.tenant_id == tenant_id, AuditEntry.number > number)
    return session.execute(select(*_OF_ENTRY).where(mine).order_by(AuditEntry.number).limit(most)).all()


def _chained_of(session: Session, tenant_id: int, number: int) -> str | None:
    """Return the `chained` of an entry, "" for number 0 (nothing is before the first); None if it is gone."""
    if number == 0:
        return ""
    mine = and_(AuditEntry.tenant_id == tenant_id, AuditEntry.number == number)
    return session.scalar(select(AuditEntry.chained).where(mine))


def _wait_for_turn(session: Session, tenant_id: int) -> None:
    """On PostgreSQL, serialise the transactions that append for a tenant; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TRAIL, tenant_id % _MOST_LOCKS)))
