"""The columns of an event: its object, what happened most, its money, and who did it."""

from __future__ import annotations

from typing import Any

import pytest

from models.events.facts import LONGEST_KEY, EventFacts, facts_of, object_key
from models.pipedrive.change import read
from tests.models.rules.why.asked import body_of


def facts(**fields: Any) -> EventFacts:
    change = read(body_of(**fields))
    assert change is not None
    return facts_of(change)


def test_a_won_deal_has_its_key_its_kind_its_money_and_who_won_it() -> None:
    previous = {"status": "open", "stage_id": 1, "value": 5}
    found = facts(previous=previous, stage_id=2)
    assert found == EventFacts("deal:42", "deal.won", 12_000.0, "EUR", "7", is_bulk=False)


@pytest.mark.parametrize(
    ("fields", "amount", "currency"),
    [
        ({"value": None}, None, "EUR"),
        ({"value": "much"}, None, "EUR"),
        ({"value": "12.5", "currency": None}, 12.5, None),
        ({"value": 1e300}, None, "EUR"),
        ({"value": 10, "currency": "X" * 50}, 10.0, "X" * 10),
        ({"value": 10, "currency": "E\0R"}, 10.0, "ER"),
        ({"value": True}, None, "EUR"),
    ],
)
def test_only_money_that_can_be_summed_counts(
    fields: dict[str, Any], amount: float | None, currency: str | None
) -> None:
    assert (facts(**fields).amount, facts(**fields).currency) == (amount, currency)


def test_a_lead_has_its_amount_and_a_person_none() -> None:
    lead = facts(entity="lead", action="create", value={"amount": 7, "currency": "USD"})
    assert (lead.kind, lead.amount, lead.currency) == ("lead.created", 7.0, "USD")
    assert facts(entity="person", action="create").amount is None


def test_a_hostile_id_is_cut() -> None:
    assert len(object_key("deal", "9" * 500)) == LONGEST_KEY
