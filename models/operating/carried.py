"""What every session of a process knows of its settings (`session.info`)."""

from __future__ import annotations

from models.accounts.operators import note_operators
from models.database.engine import Database
from models.destinations.configured import note_missing_settings
from models.notifications.mail_limit import limit_mails
from models.security.contents import note_content_keys
from models.settings import Settings
from models.staging.companies import note_staging_companies


def carry_settings(database: Database, settings: Settings) -> None:
    """Let the sessions of a database know what use cases ask of the settings; once for each process."""
    note_missing_settings(database, settings)
    note_operators(database, settings)
    note_staging_companies(database, settings)
    limit_mails(database, settings)
    note_content_keys(database, settings.encryption_keys)
