"""What the audit trail says about a rule: who changed it last, and who deleted it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.drafts import RuleDraft
from models.tables.audit import AuditEntry

DELETED: Final = "rule.deleted"
EDITED: Final = "rule.edited"
_CHANGES: Final = ("rule.made", EDITED, "rule.restored")
_LOOK_BACK: Final = 2000  # the newest entries of a tenant that are read


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deleted rule: `entry` is the audit entry by which it can be restored.

    `who` deleted it and `made_by` is its author, both verified e-mails.
    """

    entry: int
    name: str
    who: str
    at: datetime
    made_by: str = ""


def last_change(session: Session, tenant_id: int, name: str) -> str:
    """Return who last made, edited or restored the rule of this name; empty if the trail does not say."""
    for entry in _newest(session, tenant_id, _CHANGES):
        if entry.object == name[:320]:
            return entry.actor
    return ""


def find_deletion(session: Session, tenant_id: int, rule_id: int) -> Deletion | None:
    """Return the deletion of a rule, if it is among the newest entries of the trail."""
    for entry in _newest(session, tenant_id, (DELETED,)):
        if entry.details.get("rule") == rule_id:
            made_by = str(entry.details.get("made_by", ""))
            return Deletion(entry.id, entry.object, entry.actor, entry.created_at, made_by)
    return None


def deleted_draft(session: Session, tenant_id: int, entry_id: int) -> RuleDraft | None:
    """Return a deleted rule as it was, from the audit entry of its deletion; None if there is none."""
    mine = (AuditEntry.tenant_id == tenant_id, AuditEntry.action == DELETED)
    entry = session.scalar(select(AuditEntry).where(*mine, AuditEntry.id == entry_id))
    return RuleDraft(**entry.details["draft"]) if entry is not None else None


def _newest(session: Session, tenant_id: int, actions: Sequence[str]) -> Iterable[AuditEntry]:
    last = select(func.max(AuditEntry.number)).where(AuditEntry.tenant_id == tenant_id).scalar_subquery()
    mine = (AuditEntry.tenant_id == tenant_id, AuditEntry.number > last - _LOOK_BACK)
    query = select(AuditEntry).where(*mine, AuditEntry.action.in_(actions))
    return session.scalars(query.order_by(AuditEntry.number.desc()))
