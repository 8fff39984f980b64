"""Heartbeats: one a part, whichever process beats."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.tables import Heartbeat
from tests.models.rows import add, refused


def test_a_part_has_one_heart(database: Database) -> None:
    add(database, Heartbeat(part="door", at=now()), Heartbeat(part="worker", at=now()))
    refused(database, Heartbeat(part="door", at=now()))
