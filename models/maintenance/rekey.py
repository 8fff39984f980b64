"""Encrypts every stored secret with the newest key, so that older keys can be removed from the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.errors import SecretUnreadable
from models.maintenance.encrypt_rows import rewrite_all
from models.maintenance.encryption import change_again, has_encrypted
from models.security.vault import Vault, associated_data
from models.tables.accounts import Tenant
from models.tables.connections import Connection, EndedGrant, PersonalConnection, WebhookCredential
from models.tables.destinations import CLOSED_KINDS, Destination

BATCH: Final = 100  # rows for which one transaction holds the write lock


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of secrets, and the value of the row that they are bound to (see its table's docstring)."""

    table: Any
    column: str
    bound_to: Callable[[Any], str | int]
    kind: str | None = None  # of a destination; only addresses of this kind are secrets
    as_in: str = ""  # the table whose row it was encrypted for, if that is another one

    def associated_data(self, row: Any) -> str:
        """Return what the vault has bound the secret of a row to."""
        table = self.as_in or self.table.__tablename__
        return associated_data(row.tenant_id, table, self.column, self.bound_to(row))

    @property
    def name(self) -> str:
        return f"{self.table.__tablename__}.{self.column}"


SEALED: Final = (
    Sealed(Connection, "access_token", lambda row: row.tenant_id),
    Sealed(Connection, "refresh_token", lambda row: row.tenant_id),
    Sealed(PersonalConnection, "access_token", lambda row: row.user_id),
    Sealed(PersonalConnection, "refresh_token", lambda row: row.user_id),
    Sealed(EndedGrant, "refresh_token", lambda row: row.sealed_for, as_in="personal_connections"),
    Sealed(WebhookCredential, "password", lambda row: row.key),
    *(Sealed(Destination, "address", lambda row: row.uid, kind=kind) for kind in CLOSED_KINDS),
)


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many secrets were encrypted again or left, by table and column, and which are unreadable."""

    anew: Counter[str] = field(default_factory=Counter)
    as_they_were: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


def rekey_secrets(database: Database, vault: Vault) -> Rekeyed:
    """Decrypt all secrets and encrypt them with the newest key, unless they are already.

    Each transaction takes BATCH rows of one tenant. A secret that cannot be decrypted stays as it is and is
    reported.
    """
    done = Rekeyed()
    with database.reading_all() as session:
        tenants = session.execute(select(Tenant.id, Tenant.name).order_by(Tenant.id)).all()
    for tenant_id, tenant in tenants:
        for sealed in SEALED:
            last: int | None = 0
            while last is not None:
                with database.writing(tenant_id) as session:
                    rows = _locked_rows(session, sealed, tenant_id, last)
                    for row in rows:
                        _encrypt_again(vault, sealed, row, tenant, done)
                last = rows[-1].id if rows else None
        _rekey_contents(database, tenant_id, tenant, done)
    return done


def _rekey_contents(database: Database, tenant_id: int, tenant: str, done: Rekeyed) -> None:
    """Encrypt the contact details of a tenant with the newest key, if it wants them encrypted."""
    with database.reading(tenant_id) as session:
        if not has_encrypted(session, tenant_id):
            return
    lost: Counter[str] = Counter()
    for table, page in rewrite_all(database, tenant_id):
        if page.changed:
            done.anew[table] += page.changed
        lost[table] += page.lost
    with database.writing(tenant_id) as session:
        change_again(session, tenant_id)  # what comes until the newest key is installed
    for table, count in lost.items():
        if count:
            rows = "1 row" if count == 1 else f"{count:,} rows"
            done.unreadable.append(f"{table} of {tenant}: no key at hand opens contents of {rows}")


def _locked_rows(session: Session, sealed: Sealed, tenant_id: int, after: int) -> list[Any]:
    """Read the next rows with a secret, locked, because another process may be writing a new token."""
    table = sealed.table
    has_secret = getattr(table, sealed.column).is_not(None)
    query = select(table).where(table.tenant_id == tenant_id, table.id > after, has_secret)
    if sealed.kind is not None:
        query = query.where(table.kind == sealed.kind)
    return list(session.scalars(query.order_by(table.id).limit(BATCH).with_for_update()))


def _encrypt_again(vault: Vault, sealed: Sealed, row: Any, tenant: str, done: Rekeyed) -> None:
    closed = getattr(row, sealed.column)
    where = sealed.associated_data(row)
    try:
        plain = vault.open(closed, where)
    except SecretUnreadable:
        done.unreadable.append(f"{sealed.name} of {tenant}, row {row.id}: no key at hand opens it")
        return
    if vault.is_closed_with_newest(closed):
        done.as_they_were[sealed.name] += 1
    else:
        setattr(row, sealed.column, vault.close(plain, where))
        done.anew[sealed.name] += 1


def summary_line(done: Rekeyed) -> str:
    """Return what was done as one line of text."""
    count = done.anew.total()
    where = ", ".join(f"{name} {count:,}" for name, count in done.anew.items())
    anew = f"{count:,} {'secret' if count == 1 else 'secrets'} closed anew{f' ({where})' if where else ''}"
    return f"{anew}, {done.as_they_were.total():,} had the newest key"
