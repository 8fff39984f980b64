"""Every way by which one tenant's rows could reach another's session is closed, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.isolation import TenantIsolationError, as_setting
from models.tables.destinations import Destination, Space
from models.tables.rules import Rule
from tests.conftest import TwoTenants

SPACES = Space.__table__


@pytest.fixture
def their_space(database: Database, tenants: TwoTenants) -> Space:
    """A space of the other tenant; ours has one too, so that every question has an answer."""
    with database.writing_all() as session:
        theirs = Space(tenant_id=tenants.theirs, name="spaces/THEIRS", title="secret")
        session.add_all([theirs, Space(tenant_id=tenants.ours, name="spaces/OURS")])
    return theirs


READS: dict[str, Callable[[Session], object]] = {
    "select of rows": lambda session: session.scalars(select(Space.name)).all(),
    "select of columns": lambda session: session.execute(select(Space.name)).scalars().all(),
    "select through a subquery": lambda session: session.scalars(
        select(Space.name).where(Space.id.in_(select(Space.id)))
    ).all(),
    "select through a CTE": lambda session: session.scalars(
        select(select(Space.name).cte("found").c.name)
    ).all(),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_orm_reads_find_only_our_rows(
    read: Callable[[Session], object], database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    with database.reading(tenants.ours) as session:
        assert read(session) == ["spaces/OURS"]


def carry_over(session: Session, theirs: Space) -> None:
    session.add(theirs)
    theirs.title = "taken"


def give_away(session: Session, theirs: Space) -> None:
    session.scalars(select(Space)).one().tenant_id = theirs.tenant_id


LEAKS: dict[str, Callable[[Session, Space], object]] = {
    "Core select": lambda session, _: session.connection().execute(select(SPACES.c.name)).all(),
    "ORM select sent past the session": lambda session, _: session.connection().execute(select(Space)).all(),
    "text": lambda session, _: session.execute(text("SELECT name FROM spaces")).all(),
    "Core update": lambda session, theirs: session.connection().execute(
        update(Space).where(Space.id == theirs.id).values(title="taken")
    ),
    "Core delete": lambda session, theirs: session.connection().execute(
        delete(Space).where(Space.id == theirs.id)
    ),
    "Core insert for another tenant": lambda session, theirs: session.connection().execute(
        insert(Space).values(tenant_id=theirs.tenant_id, name="spaces/PLANTED")
    ),
    "ORM insert for another tenant": lambda session, theirs: session.execute(
        insert(Space), [{"tenant_id": theirs.tenant_id, "name": "spaces/PLANTED"}]
    ),
    "a new row of another tenant": lambda session, theirs: session.add(
        Space(tenant_id=theirs.tenant_id, name="spaces/PLANTED")
    ),
    "a row carried over from another session": carry_over,
    "giving our row to another tenant": give_away,
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_what_forgets_or_forges_the_tenant_is_refused(
    leak: Callable[[Session, Space], object], database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    with pytest.raises(TenantIsolationError), database.writing(tenants.ours) as session:
        leak(session, their_space)
    with database.reading_all() as session:
        kept = session.execute(select(Space.name, Space.title).where(Space.tenant_id == tenants.theirs)).all()
    assert kept == [("spaces/THEIRS", "secret")]


def test_bulk_update_by_primary_key_never_reaches_their_row(
    database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    with pytest.raises(TenantIsolationError), database.writing(tenants.ours) as session:
        session.execute(
            update(Space), [{"id": their_space.id, "tenant_id": tenants.theirs, "title": "taken"}]
        )
    with database.reading_all() as session:
        assert session.scalars(select(Space.title).where(Space.id == their_space.id)).one() == "secret"


def test_their_row_is_not_found_by_its_id(
    database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    with database.reading(tenants.ours) as session:
        assert session.get(Space, (tenants.ours, their_space.id)) is None
        assert session.get(Space, (tenants.theirs, their_space.id)) is None


def test_no_row_of_ours_can_point_at_a_row_of_theirs(
    database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    crossing = Destination(
        tenant_id=tenants.ours,
        kind="chat_space",
        name="x",
        space_id=their_space.id,
        address="spaces/THEIRS",
        lane="spaces/THEIRS",
    )
    with pytest.raises(IntegrityError), database.writing(tenants.ours) as session:
        session.add(crossing)


def test_statement_outside_any_scope_is_refused(database: Database, tenants: TwoTenants) -> None:
    with (
        pytest.raises(TenantIsolationError, match="no tenant was named"),
        database.engine.connect() as connection,
    ):
        connection.execute(select(SPACES).where(SPACES.c.tenant_id == tenants.ours))


def test_orm_update_and_delete_stay_within_the_tenant(
    database: Database, tenants: TwoTenants, their_space: Space
) -> None:
    with database.writing(tenants.ours) as session:
        session.execute(update(Space).values(title="ours"))
        session.execute(delete(Space).where(Space.name == "spaces/THEIRS"))
        session.execute(delete(Rule))
    with database.reading_all() as session:
        titles = session.scalars(select(Space.title).order_by(Space.title)).all()
    assert titles == ["ours", "secret"]


@pytest.mark.parametrize(("scope", "setting"), [(None, None), (7, "7")])
def test_scope_becomes_the_setting_of_row_level_security(scope: int | None, setting: str | None) -> None:
    assert as_setting(scope) == setting
