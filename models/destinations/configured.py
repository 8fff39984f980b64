"""Which kinds of destinations nothing can be sent to, because a setting of this service is missing.

The settings decide it here, once for each process; all others ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from models.errors import InvalidRequest
from models.languages.translate import for_later, tr_stored
from models.tables.destinations import EMAIL

if TYPE_CHECKING:
    from models.database.engine import Database
    from models.settings import Settings

MISSING: Final = "missing_settings"  # the key in a session's info


def note_missing_settings(database: Database, settings: Settings) -> None:
    """Let the sessions of a database know which kinds of destinations are not configured.

    Chat is not among them: without a key file the machine's own account writes.
    """
    database.carried[MISSING] = {} if settings.mail_from else {EMAIL: "MAIL_FROM"}


def missing_setting(session: Session, kind: str) -> str:
    """Return the variable without which nothing is sent to a kind of destination, empty if it is set."""
    return str(session.info.get(MISSING, {}).get(kind, ""))


def missing_text(name: str) -> str:
    """Return why nothing is sent, for the variable that is missing; empty for none."""
    return tr_stored(missing_for_later(name)) if name else ""


def missing_for_later(name: str) -> str:
    """Return the same as a text to be stored."""
    return for_later("E-mail is not set up here: {name} is missing.", name=name)


def require_configured(session: Session, kind: str, field: str = "") -> None:
    """Raise InvalidRequest for a kind of destination that nothing can be sent to.

    `field` names what asks for it, as REST calls it; empty where the request has no fields.
    """
    if name := missing_setting(session, kind):
        raise InvalidRequest.of_field(field, missing_text(name))
