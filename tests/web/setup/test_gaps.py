"""The page shows gaps: the newest first, each tenant only its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.clock import now
from models.database.engine import Database
from models.tables import Backfill
from tests.conftest import TwoTenants
from web.setup.gaps import MOST, gaps_of


def _gap(tenant_id: int, reason: str = "an outage", **columns: Any) -> Backfill:
    at = now()
    return Backfill(tenant_id=tenant_id, since=at - timedelta(hours=2), until=at, reason=reason, **columns)


def test_the_newest_gaps_of_a_team_come_first_and_no_other_teams(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing_all() as session:
        session.add(_gap(tenants.theirs, "theirs"))
        for number in range(MOST + 1):
            session.add(_gap(tenants.ours, f"gap {number}"))
            session.flush()

    with database.reading(tenants.ours) as session:
        gaps = gaps_of(session, tenants.ours)
    assert [gap.reason for gap in gaps] == [f"gap {number}" for number in range(MOST, 0, -1)]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "Waiting to be looked through"),
        ("running", "Being looked through"),
        ("done", "Caught up"),
        ("failed", "Could not be looked through"),
    ],
)
def test_every_state_of_a_gap_has_words(
    database: Database, tenants: TwoTenants, state: str, words: str
) -> None:
    with database.writing_all() as session:
        session.add(_gap(tenants.ours, state=state, found=2))

    with database.reading(tenants.ours) as session:
        (gap,) = gaps_of(session, tenants.ours)
    assert (gap.words, gap.found) == (words, 2)


def test_a_gap_says_why_it_waits(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        session.add(_gap(tenants.ours, progress={"waits": "It goes on after midnight (UTC)."}))

    with database.reading(tenants.ours) as session:
        (gap,) = gaps_of(session, tenants.ours)
    assert gap.waits == "It goes on after midnight (UTC)."
