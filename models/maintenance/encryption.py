"""Whether a team's contact details are encrypted in the database: chosen, carried out, shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.maintenance.encrypt_rows import count_rows, rewrite_page, tables_with_contents
from models.security.audit import record
from models.tables.upkeep import ContactEncryption

ENCRYPTED: Final = "contacts.encrypted"
DECRYPTED: Final = "contacts.decrypted"
AGAIN_AFTER: Final = timedelta(minutes=5)  # longer than any transaction that began before the change


@dataclass(frozen=True, slots=True)
class Encryption:
    """What a team chose, and how far its rows are changed accordingly: `done` of about `total`."""

    is_on: bool = False
    done: int = 0
    total: int = 0
    is_over: bool = True


def get_encryption(session: Session, tenant_id: int) -> Encryption:
    """Return what a tenant chose; whoever chose nothing has nothing encrypted."""
    row = session.get(ContactEncryption, tenant_id)
    if row is None:
        return Encryption()
    is_over = row.table_name is None or row.again_at is None  # the second pass finds next to nothing
    return Encryption(row.is_on, min(row.done, row.total), row.total, is_over)


def set_encryption(session: Session, actor: Actor, *, is_on: bool) -> Encryption:
    """Encrypt the contact details of the actor's tenant from now on, or no more.

    The rows that there are follow a part at a time. Raises NotAllowed.
    """
    require(session, actor, Action.RETENTION_CHANGE)
    row = session.get(ContactEncryption, actor.tenant, with_for_update=True)
    if is_on == (row is not None and row.is_on):
        return get_encryption(session, actor.tenant)
    if row is None:
        row = ContactEncryption(tenant_id=actor.tenant)
        session.add(row)
    row.is_on, row.done, row.total = is_on, 0, count_rows(session, actor.tenant)
    row.table_name, row.after, row.again_at = _first_table(), None, now() + AGAIN_AFTER
    session.flush()
    record(session, actor, ENCRYPTED if is_on else DECRYPTED, "contact details", rows=row.total)
    return get_encryption(session, actor.tenant)


def has_encrypted(session: Session, tenant_id: int) -> bool:
    """Whether rows of a tenant may be encrypted: it chose that, now or before."""
    return session.get(ContactEncryption, tenant_id) is not None


def due_encryptions(session: Session, at: datetime) -> Sequence[int]:
    """Return the tenants whose rows are to be gone through. The session sees all tenants."""
    return session.scalars(select(ContactEncryption.tenant_id).where(_is_due(at))).all()


def encrypt_some(session: Session, tenant_id: int, at: datetime, limit: int) -> bool:
    """Go through the next rows of a tenant; return whether some may be left.

    The session is a writing one of the tenant. There are two passes: the second finds what transactions wrote
    meanwhile that did not know of the change.
    """
    mine = (ContactEncryption.tenant_id == tenant_id, _is_due(at))
    row = session.scalar(select(ContactEncryption).where(*mine).with_for_update(skip_locked=True))
    if row is None:
        return False
    tables = tables_with_contents()
    if row.table_name is None:
        row.table_name, row.again_at = _first_table(), None
    elif row.table_name not in tables:  # of another release
        row.table_name, row.after = _first_table(), None
    page = rewrite_page(session, tenant_id, tables[row.table_name], row.after or (), limit)
    if row.again_at is not None:
        row.done += page.rows
    row.after = page.last
    if page.last is None:
        names = list(tables)
        following = names[names.index(row.table_name) + 1 :]
        row.table_name = following[0] if following else None
    return True


def _first_table() -> str:
    return next(iter(tables_with_contents()))


def _is_due(at: datetime) -> Any:
    return or_(ContactEncryption.table_name.is_not(None), ContactEncryption.again_at <= at)
