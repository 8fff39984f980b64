"""Wakes a drain when something is due: nothing depends on a wake-up that was lost with Redis or a process."""

from __future__ import annotations

import redis

from jobs.queue import wake
from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.events import claims


def wake_drain(database: Database, client: redis.Redis) -> None:
    """Wake a drain if there is a new event or a due lane. Raises redis.RedisError."""
    if is_anything_due(database):
        wake(client)


def is_anything_due(database: Database) -> bool:
    with database.reading_all() as session:
        if claims.tenants_with_new(session):
            return True
        due = lanes.next_due(session)
    return due is not None and due <= now()
