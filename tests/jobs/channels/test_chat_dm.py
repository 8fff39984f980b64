"""A rule that names a person reaches them in their direct message with the app."""

from __future__ import annotations

from models.tables import Destination, Rule, RuleDestination, User
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import Bench, title_of


def name_person(bench: Bench, tenant_id: int, email: str, chat_name: str | None = None) -> None:
    """Make a rule whose `to` names a person."""
    with bench.database.writing(tenant_id) as session:
        rule = Rule(tenant_id=tenant_id, name="Mine", event_types=["deal.created"])
        to = Destination(tenant_id=tenant_id, kind="chat_dm", name=email, address=email, lane=f"dm:{email}")
        session.add_all([rule, to, User(tenant_id=tenant_id, email=email, chat_name=chat_name)])
        session.flush()
        session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=to.id))


def test_a_person_is_reached_by_the_name_chat_gave_them(bench: Bench, tenants: TwoTenants) -> None:
    name_person(bench, tenants.ours, "someone@example.com", "users/1001")
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()

    assert [title_of(card) for card in bench.chat.cards("spaces/DM1001")] == ["Deal 1"]
    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.DELIVERED]


def test_a_person_chat_knows_by_mail_is_reached_too(bench: Bench, tenants: TwoTenants) -> None:
    name_person(bench, tenants.ours, "ben@example.com")
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()

    assert [title_of(card) for card in bench.chat.cards("spaces/DM1002")] == ["Deal 1"]


def test_a_person_who_never_wrote_to_us_pauses_the_destination(bench: Bench, tenants: TwoTenants) -> None:
    name_person(bench, tenants.ours, "nobody@example.com")
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()

    (delivery,) = bench.deliveries(tenants.ours)
    assert (delivery.state, delivery.reason[:3]) == (DeliveryState.DEAD, "404")
