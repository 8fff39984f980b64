"""INSERT ... ON CONFLICT, which SQLAlchemy spells per database: both dialects have the same methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

_INSERTS: Final[dict[str, Callable[[Any], Any]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_into(session: Session, table: Any) -> Any:
    """Return an insert into a table that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERTS[_dialect_name(session)](table)


def prepared_insert(table: Any, conflict: Callable[[Any], Any]) -> Callable[[Session], Any]:
    """Build such a statement once for each database; return a function that picks the one for a session.

    For hot statements, where building one at every call would cost too much.
    """
    built = {name: conflict(insert(table)) for name, insert in _INSERTS.items()}
    return lambda session: built[_dialect_name(session)]


def _dialect_name(session: Session) -> str:
    return session.get_bind().dialect.name
