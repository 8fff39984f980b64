"""Leases: a row is worked on by whoever holds it, until a time; after that it is anybody's.

Rows that many workers compete for are `models.tables.base.Leased`: their holder has a token of its own and
finishes nothing without it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_


def is_free(lease_until: Any, at: datetime | Any) -> ColumnElement[bool]:
    """Hold for rows that nobody works on: never leased, or the lease has run out."""
    return or_(lease_until.is_(None), lease_until <= at)
