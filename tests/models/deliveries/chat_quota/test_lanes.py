"""Which lanes need the quota of the project, and that the others are found however many of those wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from models.database.engine import Database
from models.deliveries.chat_quota.lanes import (
    choose_either,
    choose_without,
    may_need_quota,
    next_due_without,
)
from models.deliveries.lanes import claim_chosen, mark_due
from models.destinations.linking import add_direct_message, link_space
from models.destinations.open_deliveries import create_unshared_lane
from tests.conftest import TwoTenants
from tests.engine import NOON

SPACE: Final = "spaces/AAAA"
DIRECT: Final = "dm:ann@example.com"
MAIL: Final = "mail:1"
EARLIER: Final = NOON - timedelta(seconds=9)


def make_due(database: Database, *lanes: tuple[int, str], at: datetime = EARLIER) -> None:
    with database.writing_all() as session:
        mark_due(session, [(tenant_id, lane, at) for tenant_id, lane in lanes])


@pytest.fixture
def due(database: Database, tenants: TwoTenants) -> Database:
    """Ours has a space, a person and a mail; theirs posts in that space by an incoming webhook."""
    with database.writing_all() as session:
        link_space(session, tenants.ours, SPACE)
        add_direct_message(session, tenants.ours, DIRECT.removeprefix("dm:"))
        create_unshared_lane(session, tenants.theirs, SPACE)
    make_due(
        database, (tenants.ours, SPACE), (tenants.ours, DIRECT), (tenants.ours, MAIL), (tenants.theirs, SPACE)
    )
    return database


def test_the_app_needs_quota_where_it_writes_and_nobody_else(due: Database, tenants: TwoTenants) -> None:
    with due.reading_all() as session:
        chosen, need = choose_either(session, NOON, 9, 0)
        without = choose_without(session, NOON, 9, 0)

    assert need == {(tenants.ours, SPACE), (tenants.ours, DIRECT)}
    assert set(chosen) == need | {(tenants.ours, MAIL), (tenants.theirs, SPACE)}
    assert set(without) == set(chosen) - need


def test_mails_are_chosen_before_more_spaces_of_their_tenant_than_are_asked_for(
    database: Database, tenants: TwoTenants
) -> None:
    spaces = [f"spaces/{number}" for number in range(9)]
    with database.writing_all() as session:
        for each in spaces:
            link_space(session, tenants.ours, each)
    make_due(database, *((tenants.ours, each) for each in spaces), at=EARLIER - timedelta(seconds=9))
    make_due(database, (tenants.ours, MAIL))

    with database.reading_all() as session:
        chosen, need = choose_either(session, NOON, 2, 0)

    assert (tenants.ours, MAIL) in chosen
    assert len(need) == 1


def test_the_next_time_without_quota_is_that_of_what_goes_elsewhere(
    due: Database, tenants: TwoTenants
) -> None:
    with due.writing_all() as session:
        assert next_due_without(session) == EARLIER
        until = NOON + timedelta(seconds=30)
        claim_chosen(session, "t", NOON, until, [(tenants.ours, MAIL), (tenants.theirs, SPACE)])
        assert next_due_without(session) == until


def test_nothing_is_due_without_quota_where_the_app_alone_writes(
    database: Database, tenants: TwoTenants
) -> None:
    make_due(database, (tenants.ours, DIRECT))

    with database.reading_all() as session:
        assert next_due_without(session) is None


@pytest.mark.parametrize(
    ("lane", "may"), [(SPACE, True), (DIRECT, True), (MAIL, False), ("webhook:1", False)]
)
def test_a_new_delivery_may_need_quota_by_the_name_of_its_lane(lane: str, *, may: bool) -> None:
    assert may_need_quota(lane) is may
