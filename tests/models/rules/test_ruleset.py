"""A tenant's ruleset: rules in order, read again after a change, robust against any invalid rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from models.accounts.actions import remember_chat_name, set_own_language, set_tenant_language
from models.accounts.actor import Actor
from models.accounts.queries import actor_in_chat
from models.database.engine import Database
from models.destinations.quiet_hours import Window
from models.pipedrive.change import read
from models.pipedrive.names import NO_NAMES
from models.pipedrive.signal import signal_body
from models.rules.ruleset import Ruleset, RulesetDestination, read_ruleset
from models.tables import Connection, Rule, RuleDestination, Tenant, User
from tests.chat import ADA, DEALS, two_tenants
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.pipedrive.webhook import known, v2
from tests.models.rows import add, destination, rule

EMAIL = ADA["email"]
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


def add_rules(database: Database, tenant_id: int, *rules: Rule) -> None:
    """Write rules that all send to one destination."""
    wall = destination(tenant_id)
    add(database, wall, *rules)
    add(
        database,
        *(RuleDestination(tenant_id=tenant_id, rule_id=each.id, destination_id=wall.id) for each in rules),
    )


def ruleset_of(database: Database, tenant_id: int) -> Ruleset:
    with database.reading(tenant_id) as session:
        return read_ruleset(session, tenant_id, 1)


def matched(ruleset: Ruleset) -> list[str]:
    won = known(v2(data={"status": "won"}, previous={"status": "open"}))
    return [each.name for each in ruleset.matching_rules(won, NO_NAMES)]


def test_twelve_rules_match_in_their_exact_order(database: Database, tenants: TwoTenants) -> None:
    shuffled = TWELVE[1::2] + TWELVE[::2]
    rules = [
        rule(tenants.ours, name, priority=priority, created_at=NOON - timedelta(minutes=age), **columns)
        for name, priority, age, columns in shuffled
    ]
    add_rules(database, tenants.ours, *rules)

    ruleset = ruleset_of(database, tenants.ours)

    assert matched(ruleset) == [name for name, *_ in TWELVE[:8]]
    assert matched(ruleset_of(database, tenants.theirs)) == []


def test_a_score_reaches_only_rules_that_name_it(database: Database, tenants: TwoTenants) -> None:
    wide = [rule(tenants.ours, on, event_types=[on]) for on in ("*", "lead.*")]
    named = rule(tenants.ours, "Hot", event_types=["lead.updated", "lead.scored"])
    add_rules(database, tenants.ours, *wide, named)
    body = signal_body("lead.scored", "7", {"score": 80}, NOON, key="k", company_id=None, seen_by=None)
    scored = read(body)

    assert scored is not None
    found = ruleset_of(database, tenants.ours).matching_rules(scored, NO_NAMES)
    assert [each.name for each in found] == ["Hot"]


def test_an_unreadable_filter_stops_no_other_rule(database: Database, tenants: TwoTenants) -> None:
    odd = rule(tenants.ours, "Odd", conditions={"field": "value", "op": "resembles", "value": 1})
    lost = rule(tenants.ours, "Lost field", conditions={"field": "custom.Gone", "op": "is_empty"})
    add_rules(database, tenants.ours, odd, lost, rule(tenants.ours, "Sound"))

    with capture_logs() as logs:
        ruleset = ruleset_of(database, tenants.ours)

    assert matched(ruleset) == ["Sound"]
    warnings = [each for each in logs if each["event"] == "rule.unreadable"]
    assert [each["rule_id"] for each in warnings] == [odd.id, lost.id]
    assert warnings[0]["problems"][0][0] == "when.op"


def test_a_rule_without_destinations_is_not_in_the_ruleset(database: Database, tenants: TwoTenants) -> None:
    add(database, rule(tenants.ours))
    assert matched(ruleset_of(database, tenants.ours)) == []


def test_a_ruleset_has_the_company_and_the_base_of_its_links(database: Database, tenants: TwoTenants) -> None:
    add(database, Connection(tenant_id=tenants.ours, company_id="12345", domain="acme.pipedrive.com"))
    ruleset, without = (ruleset_of(database, each) for each in tenants)
    assert (ruleset.company_id, ruleset.link_base) == ("12345", "https://acme.pipedrive.com")
    assert (without.company_id, without.link_base) == (None, "")


def test_destinations_keep_the_order_of_the_rule(database: Database, tenants: TwoTenants) -> None:
    wins, first, second = rule(tenants.ours), destination(tenants.ours, "A"), destination(tenants.ours, "B")
    add(database, wins, first, second)
    for position, to in enumerate((second, first)):
        pair = {"tenant_id": tenants.ours, "rule_id": wins.id, "destination_id": to.id}
        add(database, RuleDestination(**pair, position=position))

    (ready,) = ruleset_of(database, tenants.ours).matching_rules(
        known(v2(data={"status": "won"}, previous={"status": "open"})), NO_NAMES
    )
    assert [each.name for each in ready.destinations] == ["B", "A"]


@pytest.mark.parametrize(
    ("space_id", "user_id", "urgent", "held"),
    [(5, None, False, True), (5, None, True, False), (6, None, False, False), (None, 5, False, False)],
)
def test_quiet_hours_hold_deliveries_in_their_scope(
    space_id: int | None, user_id: int | None, urgent: bool, held: bool
) -> None:
    everyday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    window = Window("space", 5, None, "11:00", "13:00", everyday, "UTC", lets_urgent_through=True)
    ruleset = Ruleset(1, 1, None, "", quiet=(window,))
    to = RulesetDestination(1, "Wall", "chat_space", "spaces/A", space_id, user_id)
    until = NOON + timedelta(hours=1) if held else None
    assert ruleset.held_until(to, urgent=urgent, at=NOON) == until


def ada_of(database: Database) -> Actor:
    with database.reading_all() as session:
        return actor_in_chat(session, EMAIL, "", "", is_dm=True)


def languages(database: Database, tenant_id: int) -> tuple[str, str, int]:
    """The language of Ada's cards, that of a space, and the version of the ruleset."""
    with database.reading(tenant_id) as session:
        version = session.get_one(Tenant, tenant_id).ruleset_version
        ruleset = read_ruleset(session, tenant_id, version)
        return ruleset.language_of(EMAIL), ruleset.language_of(DEALS["name"]), version


def test_a_person_has_their_own_and_a_space_that_of_the_team(database: Database) -> None:
    ours, theirs = two_tenants(database)
    assert languages(database, ours)[:2] == ("en", "en")

    ada = ada_of(database)
    with database.writing(ours) as session:
        remember_chat_name(session, ada, "users/1", "Ada", "de_DE")
    first = languages(database, ours)
    assert first[:2] == ("de_DE", "en")

    ada = ada_of(database)
    with database.writing(ours) as session:
        set_own_language(session, ada, "en")
        set_tenant_language(session, ada, "de")
    second = languages(database, ours)
    assert second[:2] == ("en", "de")
    assert second[2] > first[2], "workers read it again"

    with database.writing(ours) as session:
        session.execute(update(User).where(User.tenant_id == ours).values(language="", chat_locale="xx"))
    assert languages(database, ours)[:2] == ("de", "de")
    assert languages(database, theirs)[:2] == ("en", "en")
