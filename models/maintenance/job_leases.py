"""Leases of jobs that one worker at a time runs, whatever the number of workers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from models.database.lease import is_free
from models.database.upsert import insert_into
from models.tables.upkeep import JobLease

MOST_AHEAD: Final = timedelta(minutes=5)  # by so much clocks may differ


def take_lease(session: Session, name: str, token: str, at: datetime, until: datetime) -> bool:
    """Take or extend the lease of a job; False while another worker has it.

    One that ends much later than this one would was taken by a clock that was ahead: nobody waits for it. The
    session is a writing one over all tenants.
    """
    first = insert_into(session, JobLease).values({"name": name}).on_conflict_do_nothing()
    session.connection().execute(first)
    is_ahead = JobLease.lease_until > until + MOST_AHEAD
    is_mine = or_(is_free(JobLease.lease_until, at), is_ahead, JobLease.lease_token == token)
    take = update(JobLease).where(JobLease.name == name, is_mine)
    taken: Any = session.execute(
        take.values(lease_token=token, lease_until=until).execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)


def give_back_lease(session: Session, name: str, token: str) -> None:
    """End the lease of a job, if this worker has it, so that another one need not wait."""
    mine = update(JobLease).where(JobLease.name == name, JobLease.lease_token == token)
    session.execute(mine.values(lease_until=None).execution_options(synchronize_session=False))
