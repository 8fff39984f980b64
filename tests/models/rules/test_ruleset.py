"""A tenant's ruleset: rules in order, read again after a change, robust against any invalid rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from models.database.engine import Database
from models.destinations.quiet_hours import Window
from models.pipedrive.names import NO_NAMES
from models.rules.ruleset import Ruleset, RulesetDestination, Rulesets, read_ruleset
from models.tables import Connection, Rule, RuleDestination
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.pipedrive.webhook import known, v2
from tests.models.rows import add, destination, rule

BIG = {"field": "value", "op": "at_least", "value": 10_000}
# name, priority, age in minutes, further columns; listed in the order in which they apply.
TWELVE: list[tuple[str, int, int, dict[str, Any]]] = [
    ("first by priority", 9, 1, {}),
    ("every deal", 5, 30, {"event_types": ["deal.*"]}),
    ("everything", 5, 20, {"event_types": ["*"]}),
    ("big ones", 5, 10, {"conditions": BIG}),
    ("several types", 0, 60, {"event_types": ["deal.created", "deal.updated", "deal.won"]}),
    ("oldest of its priority", 0, 50, {}),
    ("urgent", 0, 40, {"is_urgent": True}),
    ("last", -3, 90, {}),
    ("switched off", 99, 99, {"is_enabled": False}),
    ("too big", 99, 99, {"conditions": BIG | {"value": 99_000}}),
    ("another type", 99, 99, {"event_types": ["deal.lost"]}),
    ("another entity", 99, 99, {"event_types": ["person.*"]}),
]


def write(database: Database, tenant_id: int, *rules: Rule) -> None:
    """Write rules that all send to one destination."""
    wall = destination(tenant_id)
    add(database, wall, *rules)
    add(
        database,
        *(RuleDestination(tenant_id=tenant_id, rule_id=each.id, destination_id=wall.id) for each in rules),
    )


def book_of(database: Database, tenant_id: int) -> Ruleset:
    with database.reading(tenant_id) as session:
        return read_ruleset(session, tenant_id, 1)


def heard(ruleset: Ruleset) -> list[str]:
    won = known(v2(data={"status": "won"}, previous={"status": "open"}))
    return [each.name for each in ruleset.matching(won, NO_NAMES)]


def test_twelve_rules_match_in_their_exact_order(database: Database, tenants: TwoTenants) -> None:
    shuffled = TWELVE[1::2] + TWELVE[::2]
    rules = [
        rule(tenants.ours, name, priority=priority, created_at=NOON - timedelta(minutes=age), **columns)
        for name, priority, age, columns in shuffled
    ]
    write(database, tenants.ours, *rules)

    ruleset = book_of(database, tenants.ours)

    assert heard(ruleset) == [name for name, *_ in TWELVE[:8]]
    assert heard(book_of(database, tenants.theirs)) == []


def test_a_filter_that_no_longer_reads_stops_no_other_rule(database: Database, tenants: TwoTenants) -> None:
    odd = rule(tenants.ours, "Odd", conditions={"field": "value", "op": "resembles", "value": 1})
    lost = rule(tenants.ours, "Lost field", conditions={"field": "custom.Gone", "op": "is_empty"})
    write(database, tenants.ours, odd, lost, rule(tenants.ours, "Sound"))

    with capture_logs() as said:
        ruleset = book_of(database, tenants.ours)

    assert heard(ruleset) == ["Sound"]
    told = [each for each in said if each["event"] == "rule.unreadable"]
    assert [each["rule_id"] for each in told] == [odd.id, lost.id]
    assert told[0]["problems"][0][0] == "when.op"


def test_a_rule_that_sends_nowhere_is_not_in_the_book(database: Database, tenants: TwoTenants) -> None:
    add(database, rule(tenants.ours))
    assert heard(book_of(database, tenants.ours)) == []


def test_a_book_knows_its_company_and_where_links_lead(database: Database, tenants: TwoTenants) -> None:
    add(database, Connection(tenant_id=tenants.ours, company_id="12345", domain="acme.pipedrive.com"))
    ruleset, without = (book_of(database, each) for each in tenants)
    assert (ruleset.company_id, ruleset.link_base) == ("12345", "https://acme.pipedrive.com")
    assert (without.company_id, without.link_base) == (None, "")


def test_targets_come_in_the_order_they_were_named(database: Database, tenants: TwoTenants) -> None:
    wins, first, second = rule(tenants.ours), destination(tenants.ours, "A"), destination(tenants.ours, "B")
    add(database, wins, first, second)
    for position, to in enumerate((second, first)):
        way = {"tenant_id": tenants.ours, "rule_id": wins.id, "destination_id": to.id}
        add(database, RuleDestination(**way, position=position))

    (ready,) = book_of(database, tenants.ours).matching(
        known(v2(data={"status": "won"}, previous={"status": "open"})), NO_NAMES
    )
    assert [target.name for target in ready.targets] == ["B", "A"]


@pytest.mark.parametrize(
    ("space_id", "user_id", "urgent", "held"),
    [(5, None, False, True), (5, None, True, False), (6, None, False, False), (None, 5, False, False)],
)
def test_quiet_hours_hold_what_they_are_for(
    space_id: int | None, user_id: int | None, urgent: bool, held: bool
) -> None:
    everyday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    window = Window("space", 5, None, "11:00", "13:00", everyday, "UTC", lets_urgent_through=True)
    ruleset = Ruleset(1, 1, None, "", quiet=(window,))
    target = RulesetDestination(1, "Wall", "chat_space", "spaces/A", space_id, user_id)
    until = NOON + timedelta(hours=1) if held else None
    assert ruleset.held_until(target, urgent=urgent, at=NOON) == until


def test_books_are_read_again_when_their_version_grew(database: Database, tenants: TwoTenants) -> None:
    write(database, tenants.ours, rule(tenants.ours))
    rulesets, seen = Rulesets(-1.0), []  # every use asks for the version

    def now_heard() -> list[str]:
        with database.reading_all() as session:
            seen.append(rulesets.for_tenants(session, [tenants.ours])[tenants.ours])
        return heard(seen[-1])

    assert now_heard() == now_heard() == ["Wins"]
    assert seen[0] is seen[1]
    with database.writing(tenants.ours) as session:
        session.execute(update(Rule).values(is_enabled=False))
    assert now_heard() == []


def test_a_fresh_book_asks_for_nothing_until_it_is_forgotten(database: Database, tenants: TwoTenants) -> None:
    rulesets = Rulesets(60.0)
    with database.reading_all() as session:
        first = rulesets.for_tenants(session, tenants)
    write(database, tenants.ours, rule(tenants.ours))
    with database.reading_all() as session:
        assert rulesets.for_tenants(session, tenants) == first
        rulesets.forget([tenants.ours])
        again = rulesets.for_tenants(session, tenants)
    assert heard(again[tenants.ours]) == ["Wins"]
    assert again[tenants.theirs] is first[tenants.theirs]


def test_a_tenant_that_is_gone_has_no_book(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        assert set(Rulesets(1.0).for_tenants(session, [tenants.ours, 10**6])) == {tenants.ours}
