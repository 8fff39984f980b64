"""No scrape of `/metrics` scans a table, on either database."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import text

from models.database.engine import Database
from models.deliveries import counts, lanes
from models.deliveries.replay_events import count_failed
from models.events.store import oldest_new
from models.operating import state
from models.operating.measurements import read_measurements
from models.operating.workers import list_workers
from tests.engine import NOON
from tests.models.explained import explained

GROWS: Final = "attempts|deliveries|events|connections|destinations|api_spendings|workers|lanes|rules|users"
SCAN: Final = re.compile(rf"SCAN ({GROWS}|d|e)\b(?!.* USING (COVERING )?INDEX)|Seq Scan on ({GROWS})\b")


def test_no_scrape_scans_a_table(filled: Database) -> None:
    """Also not one that is small here: PostgreSQL may read none of them from end to end."""
    with explained(filled, SCAN) as scans, filled.reading_all() as session:
        if not filled.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        counts.count_by_state(session)
        count_failed(session)
        oldest_new(session)
        lanes.oldest_due(session)
        read_measurements(session)
        list_workers(session)
        state.count_paused(session)
        state.paused_destinations(session)
        state.count_connections(session)
        state.most_spent(session, NOON.date())
    assert scans == []
