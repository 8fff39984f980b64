"""Authorisations of people who were removed from a team, kept until they are given back to Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from models.clock import now
from models.security.vault import associated_data
from models.tables.connections import Connection, ConnectionState, EndedGrant, PersonalConnection

# The pauses between tries: together half a day, after which the authorisation stays at Pipedrive.
PAUSES: Final = tuple(timedelta(minutes=each) for each in (2, 10, 60, 240, 480))
MOST: Final = 10  # at a time


@dataclass(frozen=True, slots=True)
class DueGrant:
    """One to give back now; `refresh_token` is encrypted by the vault for `sealed_for`."""

    id: int
    tenant_id: int
    sealed_for: int
    refresh_token: str = field(repr=False)
    failures: int

    @property
    def associated_data(self) -> str:
        """Return the associated data of the token for the vault: that of the row which had it."""
        return sealed_as(self.tenant_id, self.sealed_for)


def sealed_as(tenant_id: int, user_id: int) -> str:
    """Return what a personal refresh token is bound to; it stays so after its user is removed."""
    return associated_data(tenant_id, "personal_connections", "refresh_token", user_id)


def end_grant(session: Session, tenant_id: int, user_id: int) -> None:
    """Keep the authorisation of a user who is being removed, to be given back; nothing without one."""
    mine = (PersonalConnection.tenant_id == tenant_id, PersonalConnection.user_id == user_id)
    row = session.scalar(select(PersonalConnection).where(*mine))
    if row is None or row.refresh_token is None or row.state == ConnectionState.REVOKED:
        return
    session.add(
        EndedGrant(
            tenant_id=tenant_id,
            sealed_for=user_id,
            pipedrive_user_id=row.pipedrive_user_id,
            refresh_token=row.refresh_token,
            due_at=now(),
        )
    )


def has_due(session: Session, at: datetime) -> bool:
    """Tell whether any of any tenant is due, as far as a reading session sees."""
    return session.scalar(select(EndedGrant.id).where(EndedGrant.due_at <= at).limit(1)) is not None


def claim_due(session: Session, at: datetime) -> Sequence[DueGrant]:
    """Return those that are due, and let nobody else take them before the next pause is over.

    One is dropped, and so stays at Pipedrive, whose user has authorised us otherwise: giving it back would
    end that, too. The session is a writing one over all tenants.
    """
    session.execute(delete(EndedGrant).where(EndedGrant.due_at <= at, _is_used_otherwise()), _QUIETLY)
    due = select(EndedGrant).where(EndedGrant.due_at <= at).order_by(EndedGrant.due_at).limit(MOST)
    rows = session.scalars(due.with_for_update(skip_locked=True)).all()
    found = [DueGrant(row.id, row.tenant_id, row.sealed_for, row.refresh_token, row.failures) for row in rows]
    for row in rows:
        row.due_at = at + PAUSES[min(row.failures, len(PAUSES) - 1)]
        row.failures += 1
    session.flush()
    return found


def forget(session: Session, grant: DueGrant) -> None:
    """Delete one that was given back, or that cannot be."""
    mine = (EndedGrant.tenant_id == grant.tenant_id, EndedGrant.id == grant.id)
    session.execute(delete(EndedGrant).where(*mine), _QUIETLY)


def put_off(session: Session, grant: DueGrant, until: datetime) -> None:
    """Try one again not before a time, without counting the try that just failed."""
    mine = (EndedGrant.tenant_id == grant.tenant_id, EndedGrant.id == grant.id)
    later = update(EndedGrant).where(*mine).values(due_at=until, failures=grant.failures)
    session.execute(later, _QUIETLY)


_QUIETLY: Final[dict[str, Any]] = {"synchronize_session": False}


def _is_used_otherwise() -> Any:
    """Hold for the grant of a Pipedrive user who connected the team, or has a grant as another user of it."""
    connected = and_(
        Connection.tenant_id == EndedGrant.tenant_id, Connection.user_id == EndedGrant.pipedrive_user_id
    )
    again = and_(
        PersonalConnection.tenant_id == EndedGrant.tenant_id,
        PersonalConnection.pipedrive_user_id == EndedGrant.pipedrive_user_id,
    )
    in_use = ConnectionState.REVOKED
    return or_(
        select(Connection.id).where(connected, Connection.state != in_use).exists(),
        select(PersonalConnection.id).where(again, PersonalConnection.state != in_use).exists(),
    )
