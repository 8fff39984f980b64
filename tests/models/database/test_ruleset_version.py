"""Every write to a tenant's ruleset increases its version, and no other write does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.ruleset_version import ruleset_changed
from models.tables.accounts import Tenant, User
from models.tables.connections import PipedriveUser
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination, QuietHours, Space
from tests.conftest import TwoTenants

NEW = {"kind": "chat_dm", "name": "n", "address": "n", "lane": "dm:n"}


def versions(database: Database) -> list[int]:
    with database.reading_all() as session:
        return list(session.scalars(select(Tenant.ruleset_version).order_by(Tenant.id)))


@pytest.fixture(autouse=True)
def furnished(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        for tenant_id, name in zip(tenants, ("spaces/A", "spaces/B"), strict=True):
            session.add(Space(tenant_id=tenant_id, name=name))
            session.add(User(tenant_id=tenant_id, email="ada@example.com"))


WRITES: dict[str, Callable[[Session, int], object]] = {
    "a new row": lambda session, ours: session.add(Destination(tenant_id=ours, **NEW)),
    "a changed row": lambda session, _: setattr(session.scalars(select(Space)).one(), "title", "x"),
    "a removed row": lambda session, _: session.delete(session.scalars(select(Space)).one()),
    "a removed person": lambda session, _: session.delete(session.scalars(select(User)).one()),
    "a person matched anew": lambda session, _: setattr(
        session.scalars(select(User)).one(), "pipedrive_user_id", "7"
    ),
    "people matched anew": lambda session, _: session.execute(update(User).values(pipedrive_user_id="7")),
    "people matched no more": lambda session, _: session.execute(update(User).values(pipedrive_user_id=None)),
    "a user of Pipedrive": lambda session, ours: session.add(PipedriveUser(tenant_id=ours, pipedrive_id="7")),
    "an update": lambda session, _: session.execute(update(Space).values(title="x")),
    "a delete": lambda session, _: session.execute(delete(QuietHours)),
    "an insert": lambda session, ours: session.execute(
        insert(Destination), [{"tenant_id": ours, "uid": "1", **NEW}]
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_write_to_the_book_is_counted_for_its_tenant_alone(
    write: Callable[[Session, int], object], database: Database, tenants: TwoTenants
) -> None:
    before = versions(database)
    with database.writing(tenants.ours) as session:
        write(session, tenants.ours)
    after = versions(database)
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_update_over_all_tenants_is_counted_for_those_it_names(
    database: Database, tenants: TwoTenants
) -> None:
    before = versions(database)
    with database.writing_all() as session:
        session.execute(update(Space).where(Space.tenant_id == tenants.theirs).values(title="x"))
    assert versions(database) == [before[0], before[1] + 1]
    with database.writing_all() as session:
        session.execute(update(Space).values(title="y"))
    assert versions(database) == [before[0] + 1, before[1] + 2]


def test_other_writes_do_not_count(database: Database, tenants: TwoTenants) -> None:
    before = versions(database)
    with database.writing(tenants.ours) as session:
        session.scalars(select(User)).one().chat_name = "users/1"
        session.add(Delivery(tenant_id=tenants.ours, lane="spaces/A"))
        session.execute(update(Delivery).values(reason="x"))
        session.execute(update(User).where(User.pipedrive_user_id == "7").values(chat_name="users/2"))
        session.add(User(tenant_id=tenants.ours, email="ben@example.com"))
    assert versions(database) == before


def stop_after(_: object) -> None:
    raise ValueError("stop")


def test_rolled_back_write_is_not_counted(database: Database, tenants: TwoTenants) -> None:
    before = versions(database)
    with pytest.raises(ValueError, match="stop"), database.writing(tenants.ours) as session:
        stop_after(session.execute(update(Space).values(title="x")))
    assert versions(database) == before


def test_author_of_a_plain_statement_says_so(database: Database, tenants: TwoTenants) -> None:
    before = versions(database)
    with database.writing(tenants.ours) as session:
        ruleset_changed(session, [tenants.ours])
    assert versions(database) == [before[0] + 1, before[1]]
