"""What goes before the next summary of a crowded lane, in the order of its events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from models.database.engine import Database
from models.deliveries.bursts import before
from models.deliveries.bursts.before import first_of_lanes
from models.deliveries.lanes import mark_due
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rules.why.asked import DEALS, add_delivery, add_event, add_place, body_of

SECOND: Final = timedelta(seconds=1)
ORDINARY: Final[dict[str, Any]] = {}
URGENT: Final[dict[str, Any]] = {"is_urgent": True}
TRIED: Final[dict[str, Any]] = {"message_key": "client-tried"}
FAILED: Final = TRIED | {"waiting_since": NOON - SECOND, "next_attempt_at": NOON + 5 * SECOND}
FAILED_LONG_AGO: Final = FAILED | {"waiting_since": NOON - 61 * SECOND}
LIMITED: Final = TRIED | {"next_attempt_at": NOON}
LEFT_BY_ITS_WORKER: Final = TRIED | {"state": "sending"}


def put(database: Database, tenant_id: int, *deliveries: dict[str, Any]) -> list[int]:
    """Store deliveries of one lane, each due a minute before noon unless it names another time."""
    to = add_place(database, tenant_id)
    usual: dict[str, Any] = {"state": "pending", "finished_at": None, "next_attempt_at": NOON - 60 * SECOND}
    ids = [
        add_delivery(
            database, tenant_id, add_event(database, tenant_id, body_of(number)), None, to, **(usual | each)
        )
        for number, each in enumerate(deliveries)
    ]
    with database.writing_all() as session:
        mark_due(session, [(tenant_id, DEALS, NOON)])
    return ids


def first(database: Database, tenant_id: int) -> list[int]:
    with database.reading_all() as session:
        return first_of_lanes(session, [(tenant_id, DEALS)], NOON)


def test_nothing_goes_before_a_summary_of_what_was_never_tried(
    database: Database, tenants: TwoTenants
) -> None:
    put(database, tenants.ours, ORDINARY, ORDINARY)
    put(database, tenants.theirs, URGENT, TRIED)

    assert first(database, tenants.ours) == []


@pytest.mark.parametrize("tried", [FAILED, LIMITED, LEFT_BY_ITS_WORKER])
def test_what_was_tried_goes_before_later_ones_of_its_kind(
    database: Database, tenants: TwoTenants, tried: dict[str, Any]
) -> None:
    """In both kinds the first one is older than what was tried only in the other kind."""
    ids = put(
        database, tenants.ours, ORDINARY, URGENT | tried | {"message_key": "u"}, tried, URGENT, ORDINARY
    )

    assert first(database, tenants.ours) == [ids[1], ids[2]]


def test_an_older_urgent_one_that_was_never_tried_goes_first(database: Database, tenants: TwoTenants) -> None:
    ids = put(database, tenants.ours, URGENT, URGENT | FAILED)

    assert first(database, tenants.ours) == [ids[0]]


def test_what_failed_a_minute_ago_holds_up_nothing(database: Database, tenants: TwoTenants) -> None:
    ids = put(database, tenants.ours, URGENT | FAILED_LONG_AGO, FAILED_LONG_AGO, URGENT)

    assert first(database, tenants.ours) == [ids[2]]


def test_a_large_message_that_a_429_refused_is_found_by_its_first_delivery(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert before.MOST_LOOKED_AT >= 100
    many = [LIMITED] * (before.MOST_LOOKED_AT + 5)
    earlier = [ORDINARY] * (before.MOST_LOOKED_AT + 5)
    ids = put(database, tenants.ours, *earlier, *many)

    assert first(database, tenants.ours) == [ids[len(earlier)]]
