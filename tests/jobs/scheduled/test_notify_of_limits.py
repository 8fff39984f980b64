"""The admins of a tenant over its limit get one notice a day; the webhook itself is still acknowledged."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from jobs.scheduled.notify_of_limits import TITLE, notify_of_limits
from models.clock import now
from models.database.engine import Database
from models.events.day_limits import DayLimits
from models.events.store import Arrival, store_group
from models.settings import from_env
from models.tables import Delivery, Event, EventState, User
from tests.conftest import TwoTenants
from tests.crm import environment
from tests.models.rows import add, count


def test_a_tenant_over_its_limit_needs_notice_once(
    database: Database, tenants: TwoTenants, tmp_path: Path
) -> None:
    settings = from_env(environment("http://127.0.0.1:9", tmp_path))
    add(
        database,
        *(
            User(tenant_id=each, email=f"a{each}@x.test", role="admin", chat_name=f"users/{each}")
            for each in tenants
        ),
    )
    group = [Arrival(each, f"k{n}", b"{}", EventState.NEW, now()) for each in tenants for n in range(2)]

    assert store_group(database, group[1:], DayLimits(events=1, bytes=1000)) == (2, 0)
    assert count(database, Event) == 2
    for _ in range(2):
        notify_of_limits(database, settings)

    with database.reading_all() as session:
        told = session.execute(select(Delivery.tenant_id, Delivery.notice)).all()
    assert [(tenant_id, notice["title"]) for tenant_id, notice in told] == [(tenants.theirs, TITLE)]
