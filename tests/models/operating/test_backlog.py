"""The backlog says what waits, for how long, and what is tried again."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.operating.backlog import read_backlog
from models.tables import Lane
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination, everything


def test_nothing_waits_where_nothing_happened(database: Database) -> None:
    with database.reading_all() as session:
        backlog = read_backlog(session, NOON)
    assert (backlog.waiting, backlog.retried, backlog.oldest_due_s, backlog.next_try_s) == (0, 0, None, None)
    assert (backlog.refused, backlog.has_new_events) == ([], False)


def test_it_counts_what_waits_and_what_is_tried_again(database: Database, tenants: TwoTenants) -> None:
    add(database, destination(tenants.ours, "Refused", is_active=False, paused_because="403 no"))
    due, retried = everything(database, tenants.ours), everything(database, tenants.theirs)
    with database.writing_all() as session:
        for made, seconds, attempts in ((due, -8, 0), (retried, 5, 2)):
            row = session.merge(made)
            row.state, row.attempts = "pending", attempts
            row.next_attempt_at = NOON + timedelta(seconds=seconds)
            session.merge(Lane(tenant_id=row.tenant_id, lane=row.lane, due_at=row.next_attempt_at))
    with database.reading_all() as session:
        backlog = read_backlog(session, NOON)
    assert (backlog.waiting, backlog.given_up, backlog.held) == (2, 0, 0)
    assert (backlog.oldest_due_s, backlog.retried, backlog.next_try_s) == (8, 1, 5)
    assert backlog.refused == ["Refused"]
