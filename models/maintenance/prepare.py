"""Makes the record fit for a start, where that is safe; each part of the product begins with it."""

from __future__ import annotations

from models.database import migrate
from models.database.engine import Database
from models.security.installed_keys import check_keys
from models.settings import Settings


def prepare(database: Database, settings: Settings) -> None:
    """Migrate the database (`migrate.prepare`), and compare its secrets with the keys of the settings.

    Raises InvalidSettings where either needs an operator, DatabaseUnavailable where it does not answer.
    """
    migrate.prepare(database)
    check_keys(database, settings.encryption_keys)
