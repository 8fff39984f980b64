"""Which workers live: each `python -m jobs` says so every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.backfills.heartbeats import CLOCK, last_heartbeat
from models.database.upsert import insert_into
from models.tables.upkeep import WorkerProcess

ALIVE_WITHIN: Final = timedelta(seconds=30)
CLOCK_WITHIN: Final = timedelta(minutes=3)  # a process whose clock hangs is started again before
SHOWN_FOR: Final = timedelta(hours=1)  # after its last heartbeat, so that a death is seen
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class WorkerIdentity:
    """A worker process. `id` is its own, whatever other processes had the same pid before."""

    id: str
    host: str
    pid: int
    release: str
    started_at: datetime


def record_alive(session: Session, worker: WorkerIdentity, at: datetime, problem: str = "") -> None:
    """Record that a worker is alive, and forget those that died long ago."""
    values = {
        "host": worker.host[:255],
        "pid": worker.pid,
        "release": worker.release,
        "started_at": worker.started_at,
        "problem": problem[:200],
        "seen_at": at,
    }
    row = insert_into(session, WorkerProcess).values(id=worker.id, **values)
    session.connection().execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < at - SHOWN_FOR))


def leave(session: Session, worker_id: str) -> None:
    """Forget a worker that ends on purpose."""
    session.execute(delete(WorkerProcess).where(WorkerProcess.id == worker_id))


def list_workers(session: Session) -> Sequence[WorkerProcess]:
    """Return the workers that were alive within the last hour, the newest heartbeat first."""
    query = select(WorkerProcess).order_by(WorkerProcess.seen_at.desc()).limit(MOST_SHOWN)
    return session.scalars(query).all()


def is_alive(worker: WorkerProcess, at: datetime) -> bool:
    return worker.seen_at > at - ALIVE_WITHIN


def clock_age(session: Session, at: datetime) -> timedelta | None:
    """Return how long ago some worker last ran the jobs of its clock, None if none ever did."""
    last = last_heartbeat(session, CLOCK)
    return None if last is None else max(at - last, timedelta(0))
