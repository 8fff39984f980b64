"""What waits for a person's connection is told to that person alone, and for as long as it matters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.card_actions.actions import begin_waiting, record_press
from models.card_actions.waiting import GAVE_WAY, EarlierPress, earlier_presses, give_way
from models.clock import now
from models.database.engine import Database
from models.tables import CardAction
from tests.conftest import TwoTenants
from tests.models.acting import add_names, add_person, deliver, press_on

DELIVERED: dict[int, Any] = {}  # the card of each tenant
NOTE: dict[str, Any] = {"fields": {"content": "Call them"}}


def presses(database: Database, tenant_id: int, email: str, hours: float = 0) -> list[EarlierPress]:
    with database.reading(tenant_id) as session:
        return earlier_presses(session, tenant_id, email, now() + timedelta(hours=hours))


def press(database: Database, tenant_id: int, do: str = "deal.note", **more: Any) -> str:
    """Ben, who has no connection, presses a button on the card of Globex renewal; his e-mail."""
    ben = add_person(database, tenant_id, "Ben", number=None)
    with database.writing(tenant_id) as session:
        record_press(session, ben, press_on(DELIVERED[tenant_id], do, **more))
    return ben.name


@pytest.fixture(autouse=True)
def _cards(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        add_names(database, each)
        DELIVERED[each] = deliver(database, each)


def test_what_waits_is_named_with_its_object(database: Database, tenants: TwoTenants) -> None:
    email = press(database, tenants.ours, **NOTE)
    assert presses(database, tenants.ours, email) == [EarlierPress("Your note on Globex renewal", "waiting")]


def test_a_move_names_its_stage(database: Database, tenants: TwoTenants) -> None:
    email = press(database, tenants.ours, "deal.move")
    assert presses(database, tenants.ours, email)[0].what == "Moving Globex renewal to Negotiation"


def test_after_connecting_it_is_told_how_it_goes(database: Database, tenants: TwoTenants) -> None:
    email = press(database, tenants.ours, **NOTE)
    with database.writing(tenants.ours) as session:
        assert begin_waiting(session, tenants.ours, email) == 1
    assert [each.state for each in presses(database, tenants.ours, email)] == ["pending"]
    with database.writing(tenants.ours) as session:
        mine = CardAction.tenant_id == tenants.ours
        session.execute(update(CardAction).where(mine).values(state="done", finished_at=now()))
    assert [each.state for each in presses(database, tenants.ours, email)] == ["done"]
    assert presses(database, tenants.ours, email, hours=1) == []


def test_what_waited_for_too_long_is_told_no_more(database: Database, tenants: TwoTenants) -> None:
    email = press(database, tenants.ours, **NOTE)
    assert presses(database, tenants.ours, email, hours=25) == []


def test_nobody_sees_what_others_pressed(database: Database, tenants: TwoTenants) -> None:
    email = press(database, tenants.ours, **NOTE)
    assert presses(database, tenants.ours, "ada@acts.test") == []
    assert presses(database, tenants.theirs, email) == []


def test_a_connected_person_has_nothing_that_waited(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        record_press(session, ada, press_on(DELIVERED[tenants.ours]))
    assert presses(database, tenants.ours, ada.name) == []


def test_what_waits_gives_way_once_and_what_has_begun_does_not(
    database: Database, tenants: TwoTenants
) -> None:
    emails = {each: press(database, each, **NOTE) for each in tenants}
    with database.writing(tenants.ours) as session:
        waiting = session.scalars(select(CardAction)).one()
        assert give_way(session, waiting)
        assert not give_way(session, waiting)
        assert begin_waiting(session, tenants.ours, emails[tenants.ours]) == 0
    assert presses(database, tenants.ours, emails[tenants.ours])[0].problem == GAVE_WAY

    with database.writing(tenants.theirs) as session:
        assert begin_waiting(session, tenants.theirs, emails[tenants.theirs]) == 1
        assert not give_way(session, session.scalars(select(CardAction)).one())
