"""Triggers keep the number of deliveries in each state, whatever statement changes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, func, select, text, update

from models.database import migrate
from models.database.engine import Database
from models.database.triggers.deliveries import create_triggers, drop_triggers
from models.deliveries.counts import count_by_state, count_of_tenant, sum_up_parts
from models.tables import Delivery, DeliveryCount, Tenant
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add


def counted(database: Database) -> dict[str, int]:
    """What the triggers counted, which has to be what is there."""
    with database.reading_all() as session:
        there = select(Delivery.state, func.count()).group_by(Delivery.state)
        assert count_by_state(session) == dict(session.execute(there).all())
        return count_by_state(session)


def test_every_change_is_counted(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Delivery(tenant_id=each, lane="spaces/A") for each in (*tenants, tenants.ours)))
    assert counted(database) == {"pending": 3}
    with database.writing_all() as session:
        session.execute(update(Delivery).where(Delivery.tenant_id == tenants.ours).values(state="delivered"))
        session.execute(update(Delivery).values(reason="the state stays"))
    assert counted(database) == {"pending": 1, "delivered": 2}
    with database.writing(tenants.ours) as session:
        some = select(func.min(Delivery.id)).where(Delivery.tenant_id == tenants.ours).scalar_subquery()
        session.execute(
            delete(Delivery)
            .where(Delivery.tenant_id == tenants.ours, Delivery.id == some)
            .execution_options(synchronize_session=False)
        )
    assert counted(database) == {"pending": 1, "delivered": 1}
    with database.reading(tenants.ours) as session:
        assert count_of_tenant(session, tenants.ours, "delivered") == 1
        assert count_of_tenant(session, tenants.ours, "pending") == 0


def test_a_tenant_goes_with_its_counts(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Delivery(tenant_id=each, lane="spaces/A") for each in tenants))
    with database.writing_all() as session:
        session.execute(delete(Tenant).where(Tenant.id == tenants.ours))
    assert counted(database) == {"pending": 1}


def test_what_is_rolled_back_is_not_counted(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        session.add(Delivery(tenant_id=tenants.ours, lane="spaces/A"))
        session.flush()
        session.rollback()
    assert counted(database) == {}


def test_counts_of_many_connections_add_up(database: Database, tenants: TwoTenants) -> None:
    def work(tenant_id: int) -> None:
        for _ in range(5):
            add(database, *(Delivery(tenant_id=tenant_id, lane="spaces/A") for _ in range(3)))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, [*tenants, *tenants]))
    assert counted(database) == {"pending": 60}

    with database.writing_all() as session:
        while sum_up_parts(session):
            pass
    assert counted(database) == {"pending": 60}
    with database.reading_all() as session:
        assert set(session.scalars(select(DeliveryCount.part))) == {0}


def test_what_was_there_before_is_counted(bare_database: Database) -> None:
    migrate.upgrade(bare_database, "0003")
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(
            text("INSERT INTO tenants (name, created_at) VALUES ('Acme', :at)"), {"at": LONG_AGO}
        )
        connection.execute(
            text(
                "INSERT INTO deliveries (tenant_id, lane, request_id, next_attempt_at, created_at)"
                " SELECT id, 'spaces/A', 'r', created_at, created_at FROM tenants"
            )
        )
        connection.commit()
    migrate.upgrade(bare_database)
    assert counted(bare_database) == {"pending": 1}
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        drop_triggers(connection)
        create_triggers(connection)
        connection.commit()
    assert counted(bare_database) == {"pending": 1}
