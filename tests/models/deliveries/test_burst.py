"""What a message folds is counted once an event, summed by currency, and ordered by what matters."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from models.database.engine import Database
from models.deliveries.burst import FoldedEvent, count_by_rule, folded_events, group, with_lines
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rules.why.asked import add_delivery, add_event, add_place, add_rule, body_of

FEW = "1 of 2 people may see it in Pipedrive"


def event(number: int, kind: str = "deal.won", amount: float | None = 10, **columns: Any) -> FoldedEvent:
    usual: dict[str, Any] = {"rule_name": "Wins", "is_redacted": False, "currency": "EUR", "who_id": "7"}
    usual |= {"is_bulk": False, "received_at": NOON}
    return FoldedEvent(number, number, kind=kind, amount=amount, **(usual | columns))


def test_an_event_that_two_rules_want_is_one_line_and_counts_for_both(
    database: Database, tenants: TwoTenants
) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    first, second = (add_event(database, ours, body_of(number)) for number in (1, 2))
    for told, name in ((first, "Wins"), (first, "All"), (second, "All")):
        rule = add_rule(database, ours, f"{name} {told}", to)
        add_delivery(database, ours, told, rule, to, rule_name=name, message_key="client-1")
    theirs = add_place(database, tenants.theirs)
    other = add_event(database, tenants.theirs, body_of(3))
    rule = add_rule(database, tenants.theirs, "Theirs", theirs)
    add_delivery(database, tenants.theirs, other, rule, theirs, message_key="client-1")

    with database.reading(ours) as session:
        events, by_rule = folded_events(session, ours, "client-1")
        assert folded_events(session, ours, "client-2") == ([], Counter())

    assert [(each.event_id, each.kind, each.amount, each.who_id) for each in events] == [
        (first, "deal.won", 12_000.0, "7"),
        (second, "deal.won", 12_000.0, "7"),
    ]
    assert count_by_rule(by_rule) == [("All", 2), ("Wins", 1)]


def test_what_may_not_be_shown_brings_no_facts(database: Database, tenants: TwoTenants) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    secret, opened = (add_event(database, ours, body_of(number)) for number in (1, 2))
    closed, shows = add_rule(database, ours, "Closed", to), add_rule(database, ours, "Shows", to)
    add_delivery(database, ours, secret, closed, to, redacted_because=FEW, message_key="client-1")
    add_delivery(database, ours, opened, closed, to, redacted_because=FEW, message_key="client-1")
    add_delivery(database, ours, opened, shows, to, message_key="client-1")

    with database.reading(ours) as session:
        events, _ = folded_events(session, ours, "client-1")

    assert [
        (each.event_id, each.is_redacted, each.amount, each.currency, each.who_id) for each in events
    ] == [
        (secret, True, None, None, None),
        (opened, False, 12_000.0, "EUR", "7"),
    ]


def test_an_event_without_facts_counts_by_the_type_that_its_rule_matched(
    database: Database, tenants: TwoTenants
) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    old = add_event(database, ours, kind="", amount=None)
    rule = add_rule(database, ours, "Wins", to)
    add_delivery(database, ours, old, rule, to, event_type="deal.lost", message_key="client-1")
    with database.reading(ours) as session:
        ((found, *_), _) = folded_events(session, ours, "client-1")
    assert (found.kind, found.amount) == ("deal.lost", None)


def test_groups_begin_with_wins_and_end_with_what_is_redacted() -> None:
    events = [
        *(event(number, "deal.created", is_bulk=True) for number in range(5)),
        event(10, "deal.stage_changed"),
        event(11, "deal.lost", currency="USD"),
        event(12, amount=20),
        event(13, amount=1, currency="USD", who_id="8"),
        event(14, amount=None, is_redacted=True, who_id=None),
        event(15, "deal.lost", amount=None, is_redacted=True, who_id=None),
    ]
    found = group(events)

    assert [(each.kind, each.count) for each in found[:4]] == [
        ("deal.won", 2),
        ("deal.lost", 1),
        ("deal.created", 5),
        ("deal.stage_changed", 1),
    ]
    assert (found[4].is_redacted, found[4].count, found[4].sums) == (True, 2, {})
    assert found[0].sums == {"EUR": 20, "USD": 1}
    assert (found[0].who_ids, found[0].is_bulk) == ({"7", "8"}, False)
    assert (found[2].sums, found[2].is_bulk) == ({"EUR": 50}, True)
    assert found[3].sums == {}


@pytest.mark.parametrize("most", [3, 20])
def test_wins_have_the_first_lines_the_largest_before_all(most: int) -> None:
    events = [
        event(1, "deal.created", amount=900),
        event(2, "deal.won", amount=5),
        event(3, "deal.won", amount=500),
        event(4, "deal.won", amount=None, is_redacted=True),
        event(5, "deal.lost", amount=7),
        event(6, "deal.created", amount=9_000),
    ]
    assert [each.delivery_id for each in with_lines(events, most)] == [3, 2, 5, 1, 6, 4][:most]
