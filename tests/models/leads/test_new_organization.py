"""An organization is asked for by whoever may write and has connected themselves, under a name that fits."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.card_actions.records import WHY
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.leads.new_organization import (
    OwnConnectionMissing,
    create_organization,
    get_creation,
    notify_later,
)
from models.tables import CardAction
from models.tables.card_actions import CardActionState
from tests.conftest import TwoTenants
from tests.models.acting import actions_of, add_person
from tests.models.leads.known import hear


def ask(database: Database, actor: Actor, name: str = "Globex", owner_id: str = "", key: str = "k") -> int:
    with database.writing(actor.tenant) as session:
        return create_organization(session, actor, name, owner_id, key).id


def test_it_is_recorded_for_a_worker_with_what_is_known_of_the_name(
    database: Database, tenants: TwoTenants
) -> None:
    actor = add_person(database, tenants.ours)
    hear(database, tenants.ours, 7, entity="organization", name="GLOBEX  corp", seen_by=[9])
    hear(database, tenants.ours, 8, entity="organization", name="Globex Corporation")
    hear(database, tenants.theirs, 9, entity="organization", name="Globex Corp")
    ask(database, actor, " Globex\n Corp ", "2")

    (made,) = actions_of(database, tenants.ours)
    assert made.fields == {"name": "Globex Corp", "known": ["7"], "owner_id": 2}
    assert (made.do, made.state) == ("organization.create", "pending")
    assert actions_of(database, tenants.theirs) == []


def test_each_request_is_an_action_of_its_own_and_one_name_is_one_object(
    database: Database, tenants: TwoTenants
) -> None:
    """So that a worker writes one after the other, and the later one finds what the first has made."""
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    for number, (actor, name) in enumerate(
        [(ada, "Globex"), (ada, "globex"), (ben, "GLOBEX "), (ben, "Other")]
    ):
        ask(database, actor, name, key=f"key {number}")
    objects = [each.object_id for each in actions_of(database, tenants.ours)]
    assert (len(objects), len(set(objects[:3])), len(set(objects))) == (4, 1, 2)


@pytest.mark.parametrize("name", ["", " \n", "x" * 256])
def test_a_name_that_is_empty_or_too_long_is_refused(
    database: Database, tenants: TwoTenants, name: str
) -> None:
    with pytest.raises(InvalidRequest):
        ask(database, add_person(database, tenants.ours), name)


def test_who_may_not_write_or_has_not_connected_themselves_asks_in_vain(
    database: Database, tenants: TwoTenants
) -> None:
    with pytest.raises(NotAllowed):
        ask(database, add_person(database, tenants.ours, "Vera", 3, role="viewer"))
    with pytest.raises(OwnConnectionMissing):
        ask(database, add_person(database, tenants.ours, "Otto", None))
    assert actions_of(database, tenants.ours) == []


def test_what_became_of_it_is_known_in_its_tenant_alone(database: Database, tenants: TwoTenants) -> None:
    number = ask(database, add_person(database, tenants.ours))
    with database.reading(tenants.ours) as session:
        assert not get_creation(session, tenants.ours, number).is_over
    with database.writing(tenants.ours) as session:
        row = session.get_one(CardAction, (tenants.ours, number))
        row.state, row.problem, row.fields = CardActionState.FAILED, "No.", {**row.fields, WHY: "REFUSED"}
    with database.reading(tenants.ours) as session:
        found = get_creation(session, tenants.ours, number)
    assert (found.is_over, found.name, found.why, found.problem) == (True, "Globex", "REFUSED", "No.")
    with database.reading(tenants.theirs) as session, pytest.raises(NotFound):
        get_creation(session, tenants.theirs, number)


def test_only_what_is_under_way_is_told_of_later(database: Database, tenants: TwoTenants) -> None:
    number = ask(database, add_person(database, tenants.ours))
    with database.writing(tenants.theirs) as session:
        assert not notify_later(session, tenants.theirs, number)
    with database.writing(tenants.ours) as session:
        assert notify_later(session, tenants.ours, number)
        session.get_one(CardAction, (tenants.ours, number)).state = CardActionState.DONE
        session.flush()
        assert not notify_later(session, tenants.ours, number)
