"""Databases whose tenants want their contact details encrypted."""

from __future__ import annotations

from typing import Final

from jobs.encryption.change_rows import change_rows
from models.accounts.actor import system
from models.database.engine import Database
from models.maintenance.encryption import set_encryption
from models.security.contents import note_content_keys
from models.security.keys import KeyRing

OLD: Final = {"old": bytes(32)}
NEW: Final = {"new": bytes([1]) * 32}


def give_keys(database: Database, keys: dict[str, bytes] = OLD) -> None:
    """Let the sessions of a database encrypt with these keys, as a process does at its start."""
    note_content_keys(database, KeyRing(keys))


def encrypt(database: Database, tenant_id: int, *, is_on: bool = True) -> None:
    """Choose for a tenant, and change all its rows."""
    with database.writing(tenant_id) as session:
        set_encryption(session, system(tenant_id, "test"), is_on=is_on)
    while change_rows(database):
        pass
