"""Who runs this service: the people whom OPERATORS names. They see and mend what all tenants share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from models.database.engine import Database
    from models.settings import Settings

OPERATORS: Final = "operators"  # the key in a session's info


def note_operators(database: Database, settings: Settings) -> None:
    """Let the sessions of a database know who runs the service."""
    database.carried[OPERATORS] = frozenset(settings.operators)


def is_operator(session: Session, email: str) -> bool:
    """Return whether somebody runs the service. The e-mail has to be verified: by Chat, or by a session."""
    return email.lower() in session.info.get(OPERATORS, ())
