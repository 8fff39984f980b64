"""Repairs lanes that a crash left without a due time although deliveries wait in them."""

from __future__ import annotations

from models.database.engine import Database
from models.deliveries import lanes


def heal_lanes(database: Database) -> None:
    with database.writing_all() as session:
        lanes.heal(session)
