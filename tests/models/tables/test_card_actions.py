"""An interaction is recorded once; actions and copies go with their delivery and their person."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import CardAction, CardCopy, User
from tests.conftest import TwoTenants
from tests.models.acting import add_person, deliver
from tests.models.rows import add, count, refused, remove


def action(tenant_id: int, user_id: int, delivery_id: int, **columns: object) -> CardAction:
    usual: dict[str, object] = {
        "key": "k1",
        "do": "deal.won",
        "entity": "deal",
        "object_id": "7",
        "lane": "spaces/A",
        "fields": {},
    }
    return CardAction(tenant_id=tenant_id, user_id=user_id, delivery_id=delivery_id, **usual | columns)


def test_a_key_is_recorded_once_for_each_tenant(database: Database, tenants: TwoTenants) -> None:
    made = {each: (add_person(database, each), deliver(database, each)) for each in tenants}
    for tenant_id, (person, card) in made.items():
        add(database, action(tenant_id, person.user_id or 0, card.id))
    person, card = made[tenants.ours]
    refused(database, action(tenants.ours, person.user_id or 0, card.id))


def test_one_writes_to_an_object_at_a_time(database: Database, tenants: TwoTenants) -> None:
    person, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    mine = (tenants.ours, person.user_id or 0, card.id)
    add(database, action(*mine, state="writing"), action(*mine, key="k2"))
    refused(database, action(*mine, key="k3", state="writing"))
    add(database, action(*mine, key="k4", state="writing", object_id="8"))


def test_a_message_has_one_row(database: Database, tenants: TwoTenants) -> None:
    card = deliver(database, tenants.ours)
    twice = CardCopy(tenant_id=tenants.ours, delivery_id=card.id, lane="l", message_name=card.message_name)
    twice.entity, twice.object_id = "deal", "7"
    refused(database, twice)


def test_both_go_with_their_delivery(database: Database, tenants: TwoTenants) -> None:
    person, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    add(database, action(tenants.ours, person.user_id or 0, card.id))
    remove(database, card)
    assert (count(database, CardAction), count(database, CardCopy), count(database, User)) == (0, 0, 1)


def test_actions_go_with_their_person(database: Database, tenants: TwoTenants) -> None:
    person, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    made = action(tenants.ours, person.user_id or 0, card.id)
    add(database, made)
    with database.writing_all() as session:
        session.delete(session.get_one(User, (tenants.ours, person.user_id)))
    assert (count(database, CardAction), count(database, CardCopy)) == (0, 1)
