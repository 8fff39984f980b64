"""Which encryption key this installation's secrets need: its fingerprint is stored in the database.

A process that has other keys could open no secret, would refuse valid webhooks, and would encrypt what nobody
else can read; so it does not start. The fingerprint changes when `rekey` has encrypted all secrets with the
newest key, so that a rotation needs no moment in which all processes change at once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.upsert import insert_into
from models.errors import InvalidSettings
from models.security.keys import KeyRing
from models.tables.upkeep import InstallationValue

NAME: Final = "encryption key"
OTHER_KEYS: Final = (
    "ENCRYPTION_KEYS has not the key that the secrets in this database are encrypted with. Give every "
    "process the same keys, a new one in front of the old one (without the variable: the same "
    "PIPENOTIFY_DATA). "
    "If the old key is lost, run `python -m models rekey --accept-loss`, and connect Pipedrive again."
)


def check_keys(database: Database, ring: KeyRing) -> None:
    """Refuse keys that cannot open this installation's secrets; at the first start, note the newest one.

    Raises InvalidSettings, and DatabaseUnavailable.
    """
    with database.reading_all() as session:
        installed = _installed(session)
    if installed is None:
        with database.writing_all() as session:
            first = {"name": NAME, "value": ring.fingerprints()[0]}
            session.execute(insert_into(session, InstallationValue).values(first).on_conflict_do_nothing())
            installed = _installed(session)
    if installed not in ring.fingerprints():
        raise InvalidSettings([OTHER_KEYS])


def has_installed_key(session: Session, ring: KeyRing) -> bool:
    """Return whether these keys open the installation's secrets. The session sees all tenants."""
    installed = _installed(session)
    return installed is None or installed in ring.fingerprints()


def install_newest_key(session: Session, ring: KeyRing) -> None:
    """Note that all secrets need only the newest key now."""
    row = {"name": NAME, "value": ring.fingerprints()[0]}
    statement = insert_into(session, InstallationValue).values(row)
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def _installed(session: Session) -> str | None:
    return session.scalar(select(InstallationValue.value).where(InstallationValue.name == NAME))
