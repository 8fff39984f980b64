"""What a team sets of nudges, how its counts come about, and what REST and Chat are told of that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.actor import Actor, system
from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.nudges import settings
from models.nudges.facts import NudgeLimits
from models.nudges.settings import NudgePlan, get_plan, set_plan
from models.nudges.team import NudgeCounts, count_team
from models.tables import NudgeLine, User
from tests.conftest import TwoTenants
from tests.models.nudges.asked import add_line
from tests.models.rows import add


def test_a_plan_is_read_as_it_was_set(database: Database, tenants: TwoTenants) -> None:
    wanted = NudgePlan(
        True, ("no_value",), "07:00", ("mon",), NudgeLimits(5, 6, 7), {"1": ("value",)}, shows_names=True
    )
    with database.writing(tenants.ours) as session:
        assert get_plan(session, tenants.ours) == NudgePlan()
        set_plan(session, system(tenants.ours, "test"), wanted, now())
    with database.reading(tenants.ours) as session:
        assert get_plan(session, tenants.ours) == wanted
    with database.reading(tenants.theirs) as session:
        assert not get_plan(session, tenants.theirs).is_on


@pytest.mark.parametrize(
    "wrong",
    [
        {"checks": ("none",)},
        {"checks": (), "is_on": True},
        {"at": "8"},
        {"weekdays": ()},
        {"weekdays": ("moon",)},
        {"limits": NudgeLimits(0)},
        {"limits": NudgeLimits(367)},
        {"required": {"1": ("DROP TABLE",)}},
        {"required": {"1": ("value",) * 11}},
        {"required": {"a b": ("value",)}},
    ],
)
def test_what_cannot_be_is_refused(database: Database, tenants: TwoTenants, wrong: dict[str, object]) -> None:
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        set_plan(session, system(tenants.ours, "test"), NudgePlan(**wrong), now())  # type: ignore[arg-type]


def test_a_check_is_kept_ended_and_begun_anew(database: Database, tenants: TwoTenants) -> None:
    actor = system(tenants.ours, "test")
    with database.writing(tenants.ours) as session:
        settings.switch(session, actor, on=True, at=now())
        assert settings.keep_check(session, actor, "no_value", now())
        assert settings.end_check(session, actor, "no_value")
        assert not settings.end_check(session, actor, "no_value")
        assert not settings.keep_check(session, actor, "no_value", now())
        assert "no_value" not in get_plan(session, tenants.ours).checks


def test_counts_are_of_deals_that_the_reader_may_see(database: Database, tenants: TwoTenants) -> None:
    user = User(tenant_id=tenants.ours, email="max@acme.test", role="manager", display_name="Max")
    add(database, user)
    ends = {1: "", 2: "fixed", 3: "snoozed", 4: "replaced", 5: "fixed"}
    with database.writing(tenants.ours) as session:
        for number, why in ends.items():
            row = session.get_one(
                NudgeLine, (tenants.ours, add_line(session, tenants.ours, user.email, number))
            )
            row.gone_because = why
            row.asked_at = now() - timedelta(days=9 if number == 5 else 0)
    manager = Actor("max@acme.test", tenants.ours, user_id=user.id, role="manager")
    with database.reading(tenants.ours) as session:
        found = count_team(session, manager, now())
        assert found.by_check == {"no_value": NudgeCounts(4, 1, 1, 2)}
        assert found.by_person is None
    with database.reading(tenants.ours) as session, pytest.raises(NotAllowed):
        count_team(session, Actor("x@acme.test", tenants.ours, role="sales_rep"), now())
