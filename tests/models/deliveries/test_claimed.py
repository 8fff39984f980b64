"""A claimed delivery with all its parts, and still readable when parts are gone."""

from __future__ import annotations

from models.database.engine import Database
from models.deliveries.claimed import read_deliveries, read_heads
from models.rules.save import remove_rules
from models.tables import Delivery, Rule, User
from tests.conftest import TwoTenants
from tests.models.rows import add, everything


def test_a_head_comes_with_its_event_its_destination_its_template_and_its_person(
    database: Database, tenants: TwoTenants
) -> None:
    owed = everything(database, tenants.ours)
    add(
        database,
        User(tenant_id=tenants.ours, email="ada@example.com", chat_name="users/7"),
        User(tenant_id=tenants.theirs, email="ada@example.com", chat_name="users/8"),
    )

    with database.reading_all() as session:
        (head,) = read_heads(session, [owed.id])

    assert (head.id, head.tenant_id, head.request_id) == (owed.id, tenants.ours, owed.request_id)
    assert (head.raw, head.kind, head.address) == (b"{}", "chat_dm", "ada@example.com")
    assert (head.look, head.liquid, head.template) == ("custom", None, "{{ deal.title }}")
    assert (head.chat_name, head.is_active, head.paused_because) == ("users/7", True, None)


def test_a_head_outlives_its_rule(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        remove_rules(session, tenants.ours, [session.get_one(Rule, (tenants.ours, owed.rule_id))])
    with database.reading_all() as session:
        (head,) = read_heads(session, [owed.id])
    assert (head.look, head.liquid, head.template, head.kind) == ("compact", None, None, "chat_dm")


def test_a_test_card_may_have_no_event_and_no_destination_any_more(
    database: Database, tenants: TwoTenants
) -> None:
    alone = Delivery(tenant_id=tenants.ours, lane="spaces/A", is_test=True)
    add(database, alone)
    with database.reading_all() as session:
        (head,) = read_heads(session, [alone.id])
    assert (head.raw, head.kind, head.address, head.chat_name) == (None, None, None, None)


def test_deliveries_are_read_by_number_for_their_tenant_alone(
    database: Database, tenants: TwoTenants
) -> None:
    mine, other = (Delivery(tenant_id=tenants.ours, lane="spaces/A") for _ in range(2))
    theirs = Delivery(tenant_id=tenants.theirs, lane="spaces/A")
    add(database, mine, other, theirs)
    with database.reading(tenants.ours) as session:
        found = read_deliveries(session, tenants.ours, [mine.id, theirs.id, 999])
    assert [each.id for each in found] == [mine.id]
