"""Rows whose ids can be followed upwards: nobody can commit a smaller id later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

SETTLED: Final = timedelta(seconds=2)  # by then whoever took a smaller id has committed


def settled_before(session: Session, at: datetime) -> datetime:
    """Return until when rows were made that can be followed by their ids.

    PostgreSQL gives out ids before the commit, so that a smaller one may be seen later. SQLite has one writer
    at a time, so that all that is seen there is settled.
    """
    return at - SETTLED if session.get_bind().dialect.name == "postgresql" else at
