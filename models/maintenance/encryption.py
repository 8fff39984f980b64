"""Whether a team's contact details are encrypted in the database: chosen, carried out, shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.database.upsert import insert_into
from models.maintenance.encrypt_rows import count_rows, next_key, rewrite_page, tables_with_contents
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
    mine = insert_into(session, ContactEncryption).values(tenant_id=actor.tenant, is_on=False)
    session.execute(mine.on_conflict_do_nothing())
    row = session.get_one(ContactEncryption, actor.tenant, with_for_update=True)
    if row.is_on == is_on:
        return get_encryption(session, actor.tenant)
    row.is_on, row.done, row.total = is_on, 0, count_rows(session, actor.tenant)
    row.table_name, row.after, row.again_at = _first_table(), None, now() + AGAIN_AFTER
    session.flush()
    record(session, actor, ENCRYPTED if is_on else DECRYPTED, "contact details", rows=row.total)
    return get_encryption(session, actor.tenant)


def pass_over(session: Session, tenant_id: int, at: datetime) -> tuple[str, Any] | None:
    """Leave the next row of a tenant as it is; return its table and its key, None where there is none.

    For one that cannot be changed: the others go on. The session is a writing one of the tenant.
    """
    row = session.scalar(_locked(tenant_id, at))
    if row is None:
        return None
    name = _table_of(row)
    key = next_key(session, tenant_id, tables_with_contents()[name], row.after or ())
    _move_on(row, key, 1)
    return None if key is None else (name, key)


def change_again(session: Session, tenant_id: int) -> None:
    """Let all rows be gone through once more, after a change of the key in use."""
    again = update(ContactEncryption).where(ContactEncryption.tenant_id == tenant_id)
    session.execute(again.values(again_at=now() + AGAIN_AFTER).execution_options(synchronize_session=False))


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
    row = session.scalar(_locked(tenant_id, at))
    if row is None:
        return False
    table = tables_with_contents()[_table_of(row)]
    page = rewrite_page(session, tenant_id, table, row.after or (), limit)
    _move_on(row, page.last, page.rows)
    return True


def _table_of(row: ContactEncryption) -> str:
    """Return the table under way; where there is none, the second pass begins with the first."""
    if row.table_name is None:
        row.table_name, row.again_at = _first_table(), None
    elif row.table_name not in tables_with_contents():  # of another release
        row.table_name, row.after = _first_table(), None
    return row.table_name


def _locked(tenant_id: int, at: datetime) -> Any:
    mine = (ContactEncryption.tenant_id == tenant_id, _is_due(at))
    return select(ContactEncryption).where(*mine).with_for_update(skip_locked=True)


def _move_on(row: ContactEncryption, last: list[Any] | None, done: int) -> None:
    """Note that a page is done, up to the key of its last row; without one the next table follows."""
    if row.again_at is not None:
        row.done += done
    row.after = last
    if last is None:
        names = list(tables_with_contents())
        following = names[names.index(str(row.table_name)) + 1 :]
        row.table_name = following[0] if following else None


def _first_table() -> str:
    return next(iter(tables_with_contents()))


def _is_due(at: datetime) -> Any:
    return or_(ContactEncryption.table_name.is_not(None), ContactEncryption.again_at <= at)
