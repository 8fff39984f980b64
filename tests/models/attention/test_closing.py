"""What people ask for in the moment in which a digest or a mute is closed holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from models.accounts.actor import Actor
from models.attention import digests
from models.attention.actions import mute
from models.attention.mutes import MuteTarget, close_mute, holding_mutes
from models.attention.schedule import Schedule
from models.database.engine import Database, Session
from models.tables import Digest, Mute, MuteScope, Role
from models.tables.attention import Every
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, space

EMAIL = "cleo@example.com"
HOUR = timedelta(hours=1)


def at_once(
    database: Database, tenant_id: int, job: Callable[[Session], object], person: Callable[[Session], object]
) -> None:
    """Let a person act while a worker's transaction is open."""

    def act() -> None:
        with database.writing(tenant_id) as session:
            person(session)

    other = threading.Thread(target=act)
    with database.writing(tenant_id) as session:
        job(session)
        session.flush()
        other.start()
        other.join(0.5)  # as long as it may take where nothing keeps it from the end
    other.join()


def place(database: Database, tenant_id: int) -> tuple[Actor, MuteTarget]:
    here = space(tenant_id, "spaces/HERE")
    add(database, here)
    actor = Actor(EMAIL, tenant_id, "Acme", 1, Role.ADMIN, is_certain=True, space="spaces/HERE")
    return actor, MuteTarget(MuteScope.SPACE, space_id=here.id)


def test_a_digest_that_is_switched_off_while_it_is_sent_is_off(
    database: Database, tenants: TwoTenants
) -> None:
    actor, here = place(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        made = digests.set_digest(session, actor, here, Schedule(Every.HOURLY), "UTC", NOON)
    at = NOON + HOUR
    at_once(
        database,
        tenants.ours,
        lambda session: digests.start_next_issue(session, made, at),
        lambda session: digests.switch_off(session, actor, here, at),
    )

    with database.reading(tenants.ours) as session:
        assert [each.closed_at for each in session.scalars(select(Digest))] == [at, at]


def test_a_digest_that_is_changed_while_it_is_sent_comes_at_its_new_time(
    database: Database, tenants: TwoTenants
) -> None:
    actor, here = place(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        made = digests.set_digest(session, actor, here, Schedule(Every.HOURLY), "UTC", NOON)
    at, daily = NOON + HOUR, Schedule(Every.DAILY, "09:00")
    at_once(
        database,
        tenants.ours,
        lambda session: digests.start_next_issue(session, made, at),
        lambda session: digests.set_digest(session, actor, here, daily, "UTC", at),
    )

    with database.reading(tenants.ours) as session:
        (left,) = digests.open_digests(session, tenants.ours)
    assert (left.every, left.due_at) == (Every.DAILY, NOON + timedelta(hours=21))


def test_a_mute_that_is_set_while_the_last_one_ends_holds(database: Database, tenants: TwoTenants) -> None:
    actor, here = place(database, tenants.ours)
    at = NOON + HOUR
    old = Mute(tenant_id=tenants.ours, scope=here.scope, space_id=here.space_id, until=at, muted_by=EMAIL)
    add(database, old)
    at_once(
        database,
        tenants.ours,
        lambda session: close_mute(session, old, at),
        lambda session: mute(session, actor, here, at + HOUR, at),
    )

    with database.reading(tenants.ours) as session:
        assert [each.until for each in holding_mutes(session, tenants.ours, at)] == [at + HOUR]
