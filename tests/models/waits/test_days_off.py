"""Days off: of the team for managers alone, of a person for nobody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import AppError, NotAllowed, NotFound
from models.tables import User
from models.waits.days_off import NewDaysOff, add_days_off, list_days_off, remove_days_off
from tests.conftest import TwoTenants
from tests.models.rows import add


def actor(database: Database, tenant_id: int, name: str = "ada", role: str = "sales_rep") -> Actor:
    email = f"{name}{tenant_id}@acme.test"
    made = User(tenant_id=tenant_id, email=email, role=role)
    add(database, made)
    return Actor(email, tenant_id, user_id=made.id, role=role, is_certain=True)


DAY = date(2026, 12, 24)


def test_days_off_of_the_team_are_for_managers(database: Database, tenants: TwoTenants) -> None:
    ada = actor(database, tenants.ours)
    boss = actor(database, tenants.ours, "boss", "manager")
    with database.writing(ada.tenant) as session:
        mine = add_days_off(session, ada, NewDaysOff(DAY, DAY), DAY)
        with pytest.raises(NotAllowed):
            add_days_off(session, ada, NewDaysOff(DAY, DAY, for_team=True), DAY)
        ours = add_days_off(session, boss, NewDaysOff(DAY, DAY, "Christmas", for_team=True), DAY)

        assert [each.id for each in list_days_off(session, ada, DAY)] == [mine.id, ours.id]
        assert [each.id for each in list_days_off(session, boss, DAY)] == [ours.id]
        with pytest.raises(NotAllowed):
            remove_days_off(session, ada, ours.id)
        with pytest.raises(NotFound):
            remove_days_off(session, boss, mine.id)
        remove_days_off(session, boss, ours.id)
        assert [each.id for each in list_days_off(session, ada, DAY)] == [mine.id]


@pytest.mark.parametrize(
    "days", [(DAY, DAY - timedelta(days=1)), (DAY - timedelta(days=2),) * 2, (DAY, DAY + timedelta(days=400))]
)
def test_days_that_are_none_are_refused(
    database: Database, tenants: TwoTenants, days: tuple[date, date]
) -> None:
    ada = actor(database, tenants.ours)

    with database.writing(ada.tenant) as session, pytest.raises(AppError):
        add_days_off(session, ada, NewDaysOff(*days), DAY)
