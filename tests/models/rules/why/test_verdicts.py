"""What one rule makes of one event, and the order in which rules are shown."""

from __future__ import annotations

from typing import Any

import pytest

from models.clock import now
from models.pipedrive.change import Change, read
from models.pipedrive.names import RESTRICTED, Name, Names
from models.rules.why.verdicts import (
    REDACTED,
    Facts,
    RuleVerdict,
    Verdict,
    deleted_rules,
    in_order,
    judge,
    looks_at,
    without_conditions,
)
from models.tables import Delivery, Rule
from tests.models.rules.why.asked import body_of


def change_of(**fields: Any) -> Change:
    found = read(body_of(**fields))
    assert found is not None
    return found


def rule_on(*on: str, when: Any = None, **columns: Any) -> Rule:
    usual: dict[str, Any] = {"is_enabled": True, "created_at": now(), "updated_at": now()}
    return Rule(id=1, tenant_id=1, name="Rule", event_types=list(on), conditions=when, **(usual | columns))


@pytest.mark.parametrize(
    ("on", "looks"),
    [
        (["deal.won"], True),
        (["deal.updated"], True),
        (["deal.*"], True),
        (["*"], True),
        (["deal.lost", "lead.*"], False),
        (["deal.stage_regressed"], False),
    ],
)
def test_a_rule_looks_at_the_changes_that_it_names(on: list[str], looks: bool) -> None:
    assert looks_at(rule_on(*on), change_of()) is looks


def test_a_rule_looks_at_a_change_whose_type_is_in_doubt() -> None:
    moved = change_of(stage_id=1, previous={"stage_id": 2}, status="open")
    assert looks_at(rule_on("deal.stage_regressed"), moved)


def test_a_value_that_only_some_may_see_decides_and_is_not_shown() -> None:
    when = {"field": "organization", "op": "is", "value": "Falcon"}
    change = change_of(org_id=9)
    names = Names({("organization", "9"): Name("Falcon", {RESTRICTED: True})})

    open_names = Names({("organization", "9"): Name("Falcon")})
    rule = rule_on("deal.won", when=when)

    shown = judge(rule, Facts(change, names, names.for_everybody(), now()), [], posts_nowhere=False)
    open_to_all = judge(rule, Facts(change, open_names, open_names, now()), [], posts_nowhere=False)

    assert (shown.conditions[0].holds, shown.conditions[0].why) == (True, REDACTED)
    assert (open_to_all.conditions[0].holds, open_to_all.conditions[0].why) == (True, "Falcon")


def test_groups_are_explained_step_by_step() -> None:
    big = {"field": "value", "op": "at_least", "value": 50_000}
    open_deal = {"field": "status", "op": "is", "value": "won"}
    rule = rule_on("deal.won", when={"any": [big, {"not": open_deal}]})
    found = judge(rule, Facts(change_of(), Names(), Names(), now()), [], posts_nowhere=False)

    assert [(each.depth, each.holds) for each in found.conditions] == [
        (0, False),
        (1, False),
        (1, False),
        (2, True),
    ]
    assert (found.verdict, found.failing) == (Verdict.NOT_MET, 3)


def test_what_fired_comes_first_and_the_nearest_miss_next() -> None:
    made = [
        RuleVerdict(1, "off", Verdict.OFF),
        RuleVerdict(2, "far", Verdict.NOT_MET, conditions=judged(3)),
        RuleVerdict(3, "near", Verdict.NOT_MET, conditions=judged(1)),
        RuleVerdict(4, "unsure", Verdict.UNDECIDABLE),
        RuleVerdict(5, "fired", Verdict.FIRED),
    ]
    assert [each.name for each in in_order(made)] == ["fired", "unsure", "near", "far", "off"]


def judged(failing: int) -> Any:
    big = {"field": "value", "op": "at_least", "value": 50_000}
    rule = rule_on("deal.won", when={"all": [big] * failing})
    return judge(rule, Facts(change_of(), Names(), Names(), now()), [], posts_nowhere=False).conditions


def test_without_conditions_only_that_it_fired_is_left() -> None:
    sent = Delivery(id=1)
    left = without_conditions(RuleVerdict(1, "R", Verdict.FIRED, judged(2), None, "why", deliveries=(sent,)))
    assert left == RuleVerdict(1, "R", Verdict.FIRED, deliveries=(sent,))


def test_deleted_rules_are_named_as_their_deliveries_name_them() -> None:
    (gone,) = deleted_rules({"Old": [Delivery(id=1), Delivery(id=2)]})
    assert (gone.rule_id, gone.name, gone.verdict, len(gone.deliveries)) == (None, "Old", Verdict.FIRED, 2)
