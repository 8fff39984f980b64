"""After a change of the thresholds every open deal is looked at again, in batches."""

from __future__ import annotations

from datetime import UTC, datetime

from models.database.engine import Database
from models.stalled.settings import due_summaries, recheck_some, take_summary
from models.tables import StalledSettings
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add
from tests.models.stalled.following import DAY, PRAGUE, change, days_told, list_deals, live_in, tell


def test_deals_are_looked_at_again_batch_by_batch(database: Database, tenants: TwoTenants) -> None:
    list_deals(database, tenants.ours, NOON, range(1, 6), NOON)
    change(database, tenants.ours, 6, NOON, status="won")
    tell(database, NOON + DAY)
    tell(database, NOON + 20 * DAY)
    tell(database, NOON + 20 * DAY)
    assert days_told(database, tenants.ours) == [20] * 5
    add(database, StalledSettings(tenant_id=tenants.ours, thresholds=[30], rechecked_to=""))

    batches = 0
    while True:
        with database.writing_all() as session:
            if not recheck_some(session, NOON + 21 * DAY, 2):
                break
        batches += 1
    tell(database, NOON + 21 * DAY)
    tell(database, NOON + 30 * DAY)

    assert batches == 4
    assert days_told(database, tenants.ours) == [20] * 5 + [30] * 5


def test_a_summary_is_taken_once_and_comes_again_at_its_local_time(
    database: Database, tenants: TwoTenants
) -> None:
    """Nine o'clock in Prague is 07:00 UTC until October 25 and 08:00 from then on."""
    live_in(database, tenants.ours, PRAGUE)
    due = datetime(2026, 10, 24, 7, tzinfo=UTC)
    add(database, StalledSettings(tenant_id=tenants.ours, frequency="daily", destination_id=1, next_at=due))
    with database.writing_all() as session:
        assert due_summaries(session, due - DAY) == []
        assert due_summaries(session, due) == [tenants.ours]
        assert take_summary(session, tenants.ours, due) is not None
        assert take_summary(session, tenants.ours, due) is None
        assert session.get_one(StalledSettings, tenants.ours).next_at == datetime(2026, 10, 25, 8, tzinfo=UTC)
