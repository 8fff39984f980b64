"""Restricted objects of Pipedrive are not shown in spaces, unless the rule permits it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from models.tables import PipedriveUser, Tenant
from tests.customers import Customer, headings, new_customer
from tests.invariants import hold, settle
from tests.stack import Stack

SECRET = "Project Falcon"


def _employs(customer: Customer, *ids: str) -> None:
    with customer.stack.database.writing_all() as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.name == customer.name)).one()
        session.add_all(PipedriveUser(tenant_id=tenant_id, pipedrive_id=each) for each in ids)


def _seen_by(customer: Customer, *ids: str) -> dict[str, Any]:
    body = customer.won(SECRET, lost_reason=f"{SECRET} failed", origin=SECRET)
    body["meta"]["permitted_user_ids"] = list(ids)
    return body


def test_a_space_hears_of_a_restricted_deal_by_an_opened_rule_alone(stack: Stack) -> None:
    customer = new_customer(stack, spaces=3)
    closed, opened, liquid = customer.spaces
    customer.load(
        [
            {"name": "Closed", "on": "deal.won", "to": [closed]},
            {"name": "Opened", "on": "deal.won", "to": [opened], "show_restricted": True},
            {
                "name": "Own look",
                "on": "deal.won",
                "to": [liquid],
                "template": {"liquid": "{{ deal.title }}"},
            },
        ]
    )
    _employs(customer, "1", "2", "3")
    assert customer.post(_seen_by(customer, "1", "3")).status_code == 200

    settle(customer)
    assert headings(customer.cards(opened)) == [SECRET]
    for space in (closed, liquid):
        (card,) = customer.cards(space)
        assert headings([card]) == ["A deal was won"]
        assert "2 of 3 people" in str(card)
        assert SECRET not in str(card)
    hold(customer)


def test_what_all_may_see_is_a_card_like_any_other_for_each_customer_by_its_own_people(stack: Stack) -> None:
    few, many = new_customer(stack), new_customer(stack)
    for customer in (few, many):
        customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    _employs(few, "1")
    _employs(many, "1", "2")
    for customer in (few, many):
        assert customer.post(_seen_by(customer, "1")).status_code == 200

    settle(few, many)
    assert headings(few.cards()) == [SECRET]
    assert headings(many.cards()) == ["A deal was won"]
    assert SECRET not in str(many.cards())
    hold(few, many)
