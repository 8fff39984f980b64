"""Leases: one worker at a time works on a row, until its lease runs out.

Rows that many workers compete for are `models.tables.base.Leased`: the lease has a token, and only the worker
with that token can finish the row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_


def is_free(lease_until: Any, at: datetime | Any) -> ColumnElement[bool]:
    """Return the condition that no worker has leased a row, or that its lease has run out."""
    return or_(lease_until.is_(None), lease_until <= at)
