"""Names are kept per tenant, the newer one wins."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from models.clock import now
from models.connections.names import known_names, remember
from models.database.engine import Database
from models.pipedrive.names import Name
from models.tables import KnownName
from tests.conftest import TwoTenants

STAGE, USER = ("stage", "1"), ("user", "1")
NOON = now() - timedelta(days=2)
MINUTE = timedelta(minutes=1)


def text_of_stage(database: Database, tenant_id: int) -> str | None:
    with database.reading(tenant_id) as session:
        return known_names(session, tenant_id).text(*STAGE)


def test_the_newer_name_wins_with_all_it_carries(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {(tenants.ours, STAGE): Name("Old", {"order": 1})})
        remember(
            session,
            {(tenants.ours, STAGE): Name("New", {"order": 2}), (tenants.ours, USER): Name("A")},
        )
    with database.reading(tenants.ours) as session:
        assert known_names(session, tenants.ours) == {
            STAGE: Name("New", {"order": 2}),
            USER: Name("A"),
        }


def test_names_of_two_tenants_do_not_mix(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, STAGE): Name("Ours"), (tenants.theirs, STAGE): Name("Theirs")})
    with database.reading(tenants.theirs) as session:
        assert known_names(session, tenants.theirs) == {STAGE: Name("Theirs")}


def test_nothing_to_remember_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {})
    with database.reading(tenants.ours) as session:
        assert known_names(session, tenants.ours) == {}


def test_a_name_is_not_replaced_by_that_of_an_older_change(database: Database, tenants: TwoTenants) -> None:
    newest, older = Name("Newest", {}, NOON + 5 * MINUTE), Name("Middle", {}, NOON)
    with database.writing_all() as session:
        remember(session, {(tenants.ours, STAGE): newest, (tenants.theirs, STAGE): older})
    with database.writing_all() as session:
        remember(session, {(tenants.ours, STAGE): older, (tenants.theirs, STAGE): newest})
    assert [text_of_stage(database, each) for each in tenants] == ["Newest", "Newest"]


def test_a_name_knows_the_time_of_its_change(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {(tenants.ours, STAGE): Name("Offer", {"order": 1}, NOON)})
        remember(session, {(tenants.ours, USER): Name("Ada")})
    with database.reading(tenants.ours) as session:
        found = known_names(session, tenants.ours)
    assert found == {STAGE: Name("Offer", {"order": 1}), USER: Name("Ada")}
    assert (found[STAGE].changed_at, found[USER].changed_at) == (NOON, None)


@pytest.mark.parametrize(("asked_at", "shown"), [(NOON - MINUTE, "Changed"), (NOON + MINUTE, "Listed")])
def test_a_list_replaces_the_name_of_a_change_only_if_it_was_asked_for_later(
    database: Database, tenants: TwoTenants, asked_at: datetime, shown: str
) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {(tenants.ours, STAGE): Name("Changed", {}, NOON)})
        remember(session, {(tenants.ours, STAGE): Name("Listed")}, asked_at=asked_at)
    assert text_of_stage(database, tenants.ours) == shown


def test_any_change_replaces_the_name_of_a_list_and_that_of_an_earlier_release(
    database: Database, tenants: TwoTenants
) -> None:
    """The clocks differ, and a backfill finds a change long after the list was read."""
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            remember(session, {(tenant_id, STAGE): Name("Listed")})
    with database.writing(tenants.theirs) as session:
        session.execute(update(KnownName).where(KnownName.tenant_id == tenants.theirs).values(more={}))
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            remember(session, {(tenant_id, STAGE): Name("Changed", {}, NOON)})
        assert text_of_stage(database, tenant_id) == "Changed"
