"""The history of a lead, line by line: what happened, when, and who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.database.row_ids import row_id
from models.database.upsert import insert_into
from models.pipedrive.deal_leads import DEAL, LEAD, lead_key
from models.security.contents import encrypt_values
from models.tables.accounts import User
from models.tables.leads import Lead, LeadEvent, LeadHistory

KEY_LETTERS: Final = 80
OWN_KEY: Final = ("tenant_id", "entity", "object_id", "key")


@dataclass(frozen=True, slots=True)
class LeadRef:
    """Which lead of a tenant; `entity` is `lead`, or `deal` for a deal that is one."""

    tenant_id: int
    entity: str
    id: str

    @property
    def key(self) -> str:
        """What people and programs name it by."""
        return lead_key(self.entity, self.id)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be added. `key` is the same for a repeat; `user_id` is whoever of the team did it."""

    what: LeadEvent
    at: datetime
    key: str
    user_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line. `who` is the name of a person of the team, empty where it was none of them."""

    id: int
    at: datetime
    what: LeadEvent
    who: str
    details: dict[str, Any]

    @property
    def place(self) -> LinePlace:
        return LinePlace(self.at, self.id)


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands in a history: behind newer ones."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}|{self.id}"

    @classmethod
    def from_text(cls, text: str) -> LinePlace | None:
        """Return the place that was written so; None for what is no place."""
        at, _, key = text.partition("|")
        number = row_id(key)
        try:
            found = datetime.fromisoformat(at)
        except ValueError:
            return None
        return None if number is None or found.tzinfo is None else cls(found, number)


def add_line(session: Session, lead: LeadRef, line: NewLine) -> bool:
    """Add a line to the history of a lead; False if its `key` has one already.

    The session is a writing one of the tenant or of all.
    """
    insert = _insert(session, [(lead, line)])
    return session.scalar(insert.returning(LeadHistory.id)) is not None


def add_lines(session: Session, lines: Sequence[tuple[LeadRef, NewLine]]) -> None:
    """Add lines to the histories of leads, each unless its `key` has one already."""
    if lines:
        session.execute(_insert(session, lines))


def _insert(session: Session, lines: Sequence[tuple[LeadRef, NewLine]]) -> Any:
    rows = [
        {
            "tenant_id": lead.tenant_id,
            "entity": lead.entity,
            "object_id": lead.id,
            "key": line.key[:KEY_LETTERS],
            "at": line.at,
            "what": line.what,
            "user_id": line.user_id,
            "details": dict(line.details),
        }
        for lead, line in lines
    ]
    stored = [
        encrypt_values(session, LeadHistory, lead.tenant_id, row)
        for (lead, _), row in zip(lines, rows, strict=True)
    ]
    return insert_into(session, LeadHistory).values(stored).on_conflict_do_nothing(index_elements=OWN_KEY)


def list_history(
    session: Session, lead: LeadRef, *, limit: int, offset: int = 0, after: LinePlace | None = None
) -> list[HistoryLine]:
    """Return a part of a lead's history, the newest line first; with `after` what is behind that place.

    Whether it may be seen is for the caller.
    """
    of_user = and_(User.tenant_id == LeadHistory.tenant_id, User.id == LeadHistory.user_id)
    query = select(LeadHistory, User.display_name, User.email).join(User, of_user, isouter=True)
    if after is not None:
        same_time = and_(LeadHistory.at == after.at, LeadHistory.id < after.id)
        query = query.where(or_(LeadHistory.at < after.at, same_time))
    newest = query.where(*_of(lead)).order_by(LeadHistory.at.desc(), LeadHistory.id.desc())
    rows = session.execute(newest.offset(offset).limit(limit))
    return [
        HistoryLine(row.id, row.at, LeadEvent(row.what), name or email or "", row.details)
        for row, name, email in rows
    ]


def count_history(session: Session, lead: LeadRef) -> int:
    """Count the lines of a lead's history."""
    return session.scalar(select(func.count()).select_from(LeadHistory).where(*_of(lead))) or 0


def _of(lead: LeadRef) -> tuple[Any, ...]:
    """Build the conditions of a lead's lines; a deal has also those of the lead that it was."""
    mine = and_(LeadHistory.entity == lead.entity, LeadHistory.object_id == lead.id)
    if lead.entity == DEAL:
        became = (Lead.tenant_id == lead.tenant_id, Lead.entity == LEAD, Lead.deal_id == lead.id)
        before = LeadHistory.object_id.in_(select(Lead.object_id).where(*became))
        mine = or_(mine, and_(LeadHistory.entity == LEAD, before))
    return (LeadHistory.tenant_id == lead.tenant_id, mine)
