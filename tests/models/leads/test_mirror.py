"""The row of a lead is in step with what Pipedrive told last, whatever comes late or twice."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from models.clock import now
from models.database.engine import Database
from models.leads.mirror import look_soon, record_states
from models.stalled.track import Known, row_of_state
from models.tables import Lead
from tests.conftest import TwoTenants
from tests.models.leads.known import hear, lead_id, look, row
from tests.models.rows import count


def test_the_same_told_twice_is_one_row(database: Database, tenants: TwoTenants) -> None:
    at = now()
    for each in tenants:
        for _ in range(2):
            hear(database, each, at=at)
    hear(database, tenants.ours, 9, entity="deal", title="No lead")

    assert count(database, Lead) == 2


def test_what_comes_late_changes_nothing(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, owner_id=2)
    hear(database, tenants.ours, owner_id=3, at=now() - timedelta(hours=1))

    assert row(database, tenants.ours).owner_id == "2"


def test_a_lead_is_looked_at_when_asked_to(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        hear(database, each)
    look(database)
    with database.writing_all() as session:
        look_soon(session, [(tenants.ours, lead_id(1))], now())

    assert look(database) == 1


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_several_deals_that_name_a_lead_the_newest_is_its_deal(
    database: Database, tenants: TwoTenants, *, is_reversed: bool
) -> None:
    """In whichever order one step hears of them."""
    at, rows = now(), []
    for each in tenants:
        hear(database, each)
    for number, minutes in ((77, 2), (78, 1)):
        state = {"source_lead_id": lead_id(1), "add_time": (at - timedelta(minutes=minutes)).isoformat()}
        made = row_of_state(tenants.ours, Known("deal", str(number), state), at, at, ZoneInfo("UTC"))
        assert made is not None
        rows.append(made)
    with database.writing_all() as session:
        record_states(session, rows[::-1] if is_reversed else rows)

    assert [row(database, each).deal_id for each in tenants] == ["78", None]
