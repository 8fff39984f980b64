"""An event is explained: by the rules as they are now, to whom it may be explained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.errors import NotAllowed, NotFound
from models.rules.why.explain import Explanation, explain_delivery, explain_event
from models.rules.why.verdicts import RuleVerdict, Verdict
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rules.why.asked import (
    BOARD,
    DEALS,
    add_delivery,
    add_event,
    add_people,
    add_place,
    add_rule,
    body_of,
    person,
)

BIG = {"field": "value", "op": "at_least", "value": 50_000}
SMALL = {"field": "value", "op": "less_than", "value": 50_000}


def explained(database: Database, actor: Actor, event: int) -> Explanation:
    with database.reading(actor.tenant) as session:
        return explain_event(session, actor, event)


def verdicts(found: Explanation) -> dict[str, str]:
    return {each.name: each.verdict for each in found.rules}


def only(found: Explanation) -> RuleVerdict:
    (rule,) = found.rules
    return rule


def test_every_rule_about_such_an_event_says_what_decided(database: Database, tenants: TwoTenants) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    event = add_event(database, ours)
    fired = add_rule(database, ours, "Fired", to)
    add_rule(database, ours, "Big", to, conditions=BIG)
    add_rule(database, ours, "Undecidable", to, conditions={"field": "value", "op": "increased"})
    add_rule(database, ours, "Off", to, is_enabled=False)
    add_rule(database, ours, "Lost", to, event_types=["deal.lost"])
    add_delivery(database, ours, event, fired, to)

    found = explained(database, person(database, ours), event)

    assert verdicts(found) == {"Fired": "fired", "Big": "not met", "Undecidable": "not met", "Off": "off"}
    assert found.rules[0].name == "Fired"
    assert found.others == 1
    (condition,) = found.rules[1].conditions
    assert (condition.holds, condition.why) == (False, "12,000 EUR")


@pytest.mark.parametrize(
    ("fields", "when", "verdict", "why"),
    [
        ({}, BIG, Verdict.NOT_MET, "12,000 EUR"),
        ({}, SMALL, Verdict.FITS_NOW, "12,000 EUR"),
        ({"value": None}, BIG, Verdict.UNDECIDABLE, "it is empty"),
        ({}, {"field": "status", "op": "changed_from", "value": "lost"}, Verdict.NOT_MET, "from open to won"),
        ({}, {"field": "value", "op": "changed"}, Verdict.NOT_MET, "not touched"),
        ({}, {"field": "title", "op": "contains", "value": "globex"}, Verdict.FITS_NOW, "Globex renewal"),
        ({"owner_id": 7}, {"field": "owner", "op": "is", "value": "Ada"}, Verdict.UNDECIDABLE, "name"),
    ],
)
def test_each_condition_comes_with_the_value_found(
    database: Database, tenants: TwoTenants, fields: dict[str, Any], when: Any, verdict: str, why: str
) -> None:
    add_rule(database, tenants.ours, "Rule", add_place(database, tenants.ours), conditions=when)
    event = add_event(database, tenants.ours, body_of(**fields))

    rule = only(explained(database, person(database, tenants.ours), event))

    assert rule.verdict == verdict
    assert why in rule.conditions[0].why


def test_a_rule_whose_conditions_no_longer_exist_cannot_be_decided(
    database: Database, tenants: TwoTenants
) -> None:
    when = {"field": "custom.Gone", "op": "is", "value": "x"}
    add_rule(database, tenants.ours, "Rule", add_place(database, tenants.ours), conditions=when)

    rule = only(explained(database, person(database, tenants.ours), add_event(database, tenants.ours)))

    assert (rule.verdict, rule.conditions) == (Verdict.UNDECIDABLE, ())
    assert "does not exist any more" in rule.why


def test_an_unknown_order_of_stages_is_the_reason(database: Database, tenants: TwoTenants) -> None:
    to = add_place(database, tenants.ours)
    add_rule(database, tenants.ours, "Back", to, event_types=["deal.stage_regressed"])
    body = body_of(stage_id=1, status="open", previous={"stage_id": 2})

    rule = only(explained(database, person(database, tenants.ours), add_event(database, tenants.ours, body)))

    assert (rule.verdict, rule.why) == (Verdict.UNDECIDABLE, "the order of the stages is not known")


def test_what_changed_since_is_said(database: Database, tenants: TwoTenants) -> None:
    ours, to, later = tenants.ours, add_place(database, tenants.ours), now() + timedelta(hours=1)
    event = add_event(database, ours)
    add_rule(database, ours, "Made later", to, created_at=later, updated_at=later)
    add_rule(database, ours, "Changed", to, updated_at=later, conditions=BIG)
    add_rule(database, ours, "Nowhere")
    gone = add_delivery(database, ours, event, None, to, rule_name="Deleted", state="skipped", reason="muted")

    found = {each.name: each for each in explained(database, person(database, ours), event).rules}

    assert found["Made later"].is_new
    assert (found["Changed"].is_changed, found["Changed"].is_new) == (True, False)
    assert found["Nowhere"].posts_nowhere
    assert (found["Deleted"].rule_id, [each.id for each in found["Deleted"].deliveries]) == (None, [gone])


def test_further_events_of_a_message_are_counted(database: Database, tenants: TwoTenants) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    rule, other = add_rule(database, ours, "A", to), add_rule(database, ours, "B", to)
    events = [add_event(database, ours, body_of(number)) for number in range(3)]
    for event in events:
        add_delivery(database, ours, event, rule, to, message_key="client-1")
    add_delivery(database, ours, events[0], other, to, message_key="client-1")

    assert explained(database, person(database, ours), events[0]).folded == {"client-1": 2}


def test_the_events_before_and_after_it_are_known(database: Database, tenants: TwoTenants) -> None:
    ours = tenants.ours
    first, _, last = (add_event(database, ours, body_of(number)) for number in (1, 2, 1))
    add_event(database, tenants.theirs, body_of(1))
    ada = person(database, ours)

    assert (explained(database, ada, first).earlier, explained(database, ada, first).later) == (None, last)
    assert (explained(database, ada, last).earlier, explained(database, ada, last).later) == (first, None)


@pytest.mark.parametrize("state", ["new", "failed", "foreign"])
def test_an_event_that_no_rule_saw_says_so(database: Database, tenants: TwoTenants, state: str) -> None:
    add_rule(database, tenants.ours, "Rule", add_place(database, tenants.ours))
    event = add_event(database, tenants.ours, state=state, outcome="why")

    found = explained(database, person(database, tenants.ours), event)

    assert (found.state, found.outcome, list(found.rules)) == (state, "why", [])


def test_a_body_that_cannot_be_read_is_explained_by_its_state(
    database: Database, tenants: TwoTenants
) -> None:
    event = add_event(database, tenants.ours, state="unparsed", raw=b"{")

    found = explained(database, person(database, tenants.ours), event)

    assert (found.change, found.state) == (None, "unparsed")
    with pytest.raises(NotFound):
        explained(database, person(database, tenants.ours, None), event)


def test_another_tenants_event_and_card_are_out_of_reach(database: Database, tenants: TwoTenants) -> None:
    event = add_event(database, tenants.theirs)
    to = add_place(database, tenants.theirs)
    card = add_delivery(database, tenants.theirs, event, add_rule(database, tenants.theirs, "R", to), to)
    ada = person(database, tenants.ours)
    with pytest.raises(NotFound):
        explained(database, ada, event)
    with database.reading(tenants.ours) as session, pytest.raises(NotFound):
        explain_delivery(session, ada, str(card))


def test_a_card_is_explained_by_its_event(database: Database, tenants: TwoTenants) -> None:
    ours, to, ada = tenants.ours, add_place(database, tenants.ours), person(database, tenants.ours)
    event, rule = add_event(database, ours), add_rule(database, ours, "Wins", to)
    card = add_delivery(database, ours, event, rule, to)
    other = add_event(database, ours, body_of(43))
    test_card = add_delivery(database, ours, other, rule, to, is_test=True)
    with database.reading(ours) as session:
        assert explain_delivery(session, ada, str(card)).event_id == event
        for number in ("999999", "x", "", "9" * 40):
            with pytest.raises(NotFound):
                explain_delivery(session, ada, number)
        with pytest.raises(NotFound) as refused:
            explain_delivery(session, ada, str(test_card))
    assert "a test or a notice" in refused.value.user_message


def _two_places(database: Database, tenant_id: int) -> tuple[int, int]:
    """An event with a card in Deals, by Ada's rule, and one on the Board; and a rule that did not fire."""
    here, there = add_place(database, tenant_id), add_place(database, tenant_id, BOARD)
    event = add_event(database, tenant_id)
    for name, to, place in (("Deals rule", here, DEALS), ("Board rule", there, BOARD)):
        rule = add_rule(database, tenant_id, name, to, made_by="ada@acme.test")
        add_delivery(database, tenant_id, event, rule, to, place)
    add_rule(database, tenant_id, "Big deals", here, conditions=BIG, made_by="ada@acme.test")
    add_rule(database, tenant_id, "Secret", there, conditions=BIG, made_by="cleo@acme.test")
    return event, add_event(database, tenant_id, body_of(43))


@pytest.mark.parametrize(
    ("role", "space", "named", "untold"),
    [
        (Role.ADMIN, DEALS, {"Deals rule", "Board rule", "Big deals", "Secret"}, 0),
        (Role.MANAGER, None, {"Deals rule", "Board rule", "Big deals", "Secret"}, 0),
        (Role.ANALYST, DEALS, {"Deals rule", "Board rule", "Big deals", "Secret"}, 0),
        (Role.SALES_REP, DEALS, {"Deals rule", "Big deals", "Secret"}, 1),
        (Role.SALES_REP, None, {"Secret"}, 3),
        (Role.VIEWER, DEALS, {"Deals rule"}, 0),
        (None, DEALS, {"Deals rule"}, 0),
    ],
)
def test_a_role_learns_what_it_may(
    database: Database, tenants: TwoTenants, role: str | None, space: str | None, named: set[str], untold: int
) -> None:
    event, _ = _two_places(database, tenants.ours)

    cleo = person(database, tenants.ours, role, space=space, name="cleo@acme.test")
    found = explained(database, cleo, event)

    assert set(verdicts(found)) == named
    if role not in (Role.VIEWER, None):
        assert found.untold == untold
    else:
        assert all(not each.conditions for each in found.rules)


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_who_reads_what_a_space_showed_learns_nothing_else(
    database: Database, tenants: TwoTenants, role: str | None
) -> None:
    event, unseen = _two_places(database, tenants.ours)
    for actor, what in (
        (person(database, tenants.ours, role, name="v@acme.test"), unseen),
        (person(database, tenants.ours, role, name="w@acme.test", space=None), event),
        (person(database, tenants.ours, role, name="x@acme.test", space="spaces/OTHER"), event),
    ):
        with pytest.raises(NotFound):
            explained(database, actor, what)


def test_somebody_unknown_may_not_ask(database: Database, tenants: TwoTenants) -> None:
    stranger = Actor("eve", tenants.ours, user_id=1, role="nobody")
    with pytest.raises(NotAllowed):
        explained(database, stranger, add_event(database, tenants.ours))


@pytest.mark.parametrize(
    ("role", "pipedrive", "shows"),
    [
        (Role.ADMIN, None, False),
        (Role.ADMIN, "1", True),
        (Role.SALES_REP, "1", True),
        (Role.SALES_REP, "2", None),
        (Role.SALES_REP, None, None),
    ],
)
def test_a_restricted_deal_is_explained_to_who_may_see_it(
    database: Database, tenants: TwoTenants, role: str, pipedrive: str | None, shows: bool | None
) -> None:
    add_people(database, tenants.ours, "1", "2")
    add_rule(database, tenants.ours, "Big", add_place(database, tenants.ours), conditions=BIG)
    event = add_event(database, tenants.ours, body_of(seen_by=["1"]))
    asking = person(database, tenants.ours, role, pipedrive=pipedrive)

    if shows is None:
        with pytest.raises(NotFound):
            explained(database, asking, event)
        return
    found = explained(database, asking, event)
    assert (not found.redacted) is shows
    assert verdicts(found) == ({"Big": "not met"} if shows else {})
    assert found.untold == (0 if shows else 1)


@pytest.mark.parametrize(("because", "shows"), [("", True), ("1 of 2 people may see it in Pipedrive", False)])
def test_a_card_that_was_shown_here_may_be_explained_here(
    database: Database, tenants: TwoTenants, because: str, shows: bool
) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    add_people(database, ours, "1", "2")
    event, rule = add_event(database, ours, body_of(seen_by=["1"])), add_rule(database, ours, "Wins", to)
    add_delivery(database, ours, event, rule, to, redacted_because=because)

    found = explained(database, person(database, ours, Role.SALES_REP), event)

    assert (not found.redacted) is shows
    assert verdicts(found) == {"Wins": "fired"}
