"""Every session knows what use cases ask of the settings."""

from __future__ import annotations

from pathlib import Path

from models.accounts.operators import is_operator
from models.database.engine import Database
from models.destinations.configured import missing_setting
from models.notifications.mail_limit import PER_HOUR
from models.operating.carried import carry_settings
from models.settings import from_env
from models.staging.companies import COMPANIES

GIVEN = {
    "OPERATORS": "ops@example.com",
    "APP_ENV": "staging",
    "STAGING_COMPANIES": "7",
    "NOTIFICATION_MAILS_PER_HOUR": "9",
}


def test_sessions_know_operators_companies_mails_and_what_is_missing(
    database: Database, tmp_path: Path
) -> None:
    carry_settings(database, from_env({"PIPENOTIFY_DATA": str(tmp_path)} | GIVEN))
    with database.reading_all() as session:
        assert is_operator(session, "ops@example.com")
        assert session.info[COMPANIES] == {"7"}
        assert session.info[PER_HOUR] == 9
        assert missing_setting(session, "email") == "MAIL_FROM"
