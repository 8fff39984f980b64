"""Stored grants: the tokens of a tenant's connection and of a person, and the lease for refreshing them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from models.database.lease import is_free
from models.security.vault import associated_data
from models.tables.connections import Connection, ConnectionState, PersonalConnection

ENDED: Final = (ConnectionState.NEEDS_REAUTH, ConnectionState.REVOKED)


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose grant: the tenant's, or a person's own if `user_id` (of `users`) is given."""

    tenant_id: int
    user_id: int | None = None

    @property
    def table(self) -> type[Connection | PersonalConnection]:
        return Connection if self.user_id is None else PersonalConnection

    def associated_data(self, column: str) -> str:
        """Return the associated data of a token for the vault."""
        row = self.tenant_id if self.user_id is None else self.user_id
        return associated_data(self.tenant_id, self.table.__tablename__, column, row)

    def rows(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions that select the owner's row."""
        ours = self.table.tenant_id == self.tenant_id
        return (ours,) if self.user_id is None else (ours, PersonalConnection.user_id == self.user_id)


@dataclass(frozen=True, slots=True)
class Grant:
    """The grant in an owner's row; tokens are encrypted by the vault."""

    state: str
    access_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime | None
    api_domain: str | None


def token_owner_of(session: Session, tenant_id: int, user_id: int | None) -> TokenOwner:
    """Return the owner of somebody's grant; whoever connected the tenant shares the tenant's.

    See `models.connections.connect_person`.
    """
    if user_id is None:
        return TokenOwner(tenant_id)
    own = and_(PersonalConnection.tenant_id == tenant_id, PersonalConnection.user_id == user_id)
    is_shared = and_(
        PersonalConnection.state == ConnectionState.CONNECTED, PersonalConnection.refresh_token.is_(None)
    )
    of_team = and_(
        Connection.tenant_id == tenant_id, Connection.user_id == PersonalConnection.pipedrive_user_id
    )
    shared = select(PersonalConnection.id).join(Connection, of_team).where(own, is_shared)
    return TokenOwner(tenant_id, None if session.scalar(shared) is not None else user_id)


def find(session: Session, token_owner: TokenOwner) -> Grant | None:
    """Return the owner's grant; if no API host is stored, it is the company's own host."""
    found: Any = select(token_owner.table).where(*token_owner.rows())
    row = session.scalars(found).first()
    if row is None:
        return None
    domain = row.api_domain or _company_domain(session, token_owner.tenant_id)
    return Grant(row.state, row.access_token, row.refresh_token, row.expires_at, domain)


def _company_domain(session: Session, tenant_id: int) -> str | None:
    hosts = select(Connection.api_domain, Connection.domain).where(Connection.tenant_id == tenant_id)
    return next((host for host in session.execute(hosts).first() or () if host), None)


def take_refresh_lease(
    session: Session, token_owner: TokenOwner, spent: str, at: datetime, until: datetime
) -> bool:
    """Lease the refresh of a token until then; False when another process has the lease, or has refreshed it.

    `spent` is the encrypted refresh token, which shows whether it was refreshed since; a failed refresh
    shows in the state.
    """
    table, lease = token_owner.table, token_owner.table.refresh_lease_until
    stands = (table.refresh_token == spent, table.state.not_in(ENDED), is_free(lease, at))
    return _change(session, token_owner, {"refresh_lease_until": until}, *stands)


def free_refresh_lease(session: Session, token_owner: TokenOwner, until: datetime) -> bool:
    """Free the lease that ends then; False if it is no longer ours."""
    return _change(
        session, token_owner, {"refresh_lease_until": None}, token_owner.table.refresh_lease_until == until
    )


def renew(
    session: Session, token_owner: TokenOwner, spent: str, until: datetime, columns: dict[str, Any]
) -> bool:
    """Store the refreshed tokens. If somebody connected anew meanwhile, theirs stay.

    A connection being disconnected stays so, and a grant that ended meanwhile stays ended.
    """
    return _change(
        session,
        token_owner,
        columns,
        _is_ours(token_owner, spent, until),
        token_owner.table.state.not_in(ENDED),
    )


def end(session: Session, token_owner: TokenOwner, spent: str, until: datetime) -> bool:
    """Record that Pipedrive rejects the refresh token; True for the caller that changes the state.

    A connection being disconnected stays `leaving`: it is removed with or without Pipedrive.
    """
    ended = {"access_token": None, "refresh_lease_until": None, "state": ConnectionState.NEEDS_REAUTH}
    stands = token_owner.table.state.not_in((*ENDED, ConnectionState.LEAVING))
    return _change(session, token_owner, ended, _is_ours(token_owner, spent, until), stands)


def _is_ours(token_owner: TokenOwner, spent: str, until: datetime) -> ColumnElement[bool]:
    # Either is enough: keys may be rotated meanwhile, or the lease may have run out.
    return or_(token_owner.table.refresh_token == spent, token_owner.table.refresh_lease_until == until)


def _change(
    session: Session, token_owner: TokenOwner, columns: dict[str, Any], *only_if: ColumnElement[bool]
) -> bool:
    table: Any = token_owner.table.__table__
    statement = update(table).where(*token_owner.rows(), *only_if).values(columns)
    return session.connection().execute(statement).rowcount == 1
