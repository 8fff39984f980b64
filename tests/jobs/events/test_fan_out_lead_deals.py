"""A deal of a chosen pipeline makes the cards of a lead: one for each space, and none for another team."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.events import fan_out
from models.clock import now
from models.connections.lead_pipelines import lead_pipelines_of
from models.leads.adopt import adopt_some
from models.pipedrive.deal_leads import as_lead
from models.rules.backtest import backtest
from models.rules.drafts import RuleDraft
from models.rules.why.explain import explain_event
from models.rules.why.verdicts import Verdict
from models.tables import Lead, LeadPipeline, LeadScore
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, link
from tests.models.acting import add_person, body_of
from tests.models.leads.deals import INBOUND, SALES, choose, name_pipelines
from tests.models.leads.known import look
from tests.models.rows import count

USED = (fan_out, as_lead)  # what is under test here


@pytest.fixture(autouse=True)
def chosen(bench: Bench, tenants: TwoTenants) -> None:
    name_pipelines(bench.database, *tenants)
    choose(bench.database, tenants.ours, INBOUND)


def deal(action: str = "create", pipeline: str = INBOUND, **data: Any) -> dict[str, Any]:
    about = {"title": "Globex", "status": "open", "pipeline_id": int(pipeline), "owner_id": 1, **data}
    return body("deal", 7, action, **about)


def body(entity: str, number: int, action: str, **data: Any) -> dict[str, Any]:
    made = body_of(entity, number, **data)
    made["meta"]["action"] = action
    made["previous"] = {"title": "Before"} if action == "change" else None
    if action == "delete":
        made["data"], made["previous"] = None, made["data"]
    return made


def space_of(tenant_id: int) -> str:
    return SPACE if tenant_id == 1 else OTHER_SPACE


def rule(bench: Bench, tenant_id: int, on: str, **columns: Any) -> None:
    link(bench.database, tenant_id, space_of(tenant_id), on=(on,), **columns)


def cards_of(bench: Bench, tenant_id: int, body: dict[str, Any]) -> list[str]:
    space = space_of(tenant_id)
    before = len(bench.chat.cards(space))
    bench.receive(tenant_id, body)
    bench.spread()
    bench.send_all()
    return [str(each) for each in bench.chat.cards(space)[before:]]


def test_rules_for_deals_and_for_leads_make_one_card_with_the_buttons_of_both(
    bench: Bench, tenants: TwoTenants
) -> None:
    for each in tenants:
        rule(bench, each, "deal.created")
    rule(bench, tenants.ours, "lead.created")

    (card,) = cards_of(bench, tenants.ours, deal())
    assert "lead.contacted" in card
    assert "lead.snooze" in card
    assert "deal.won" in card
    (theirs,) = cards_of(bench, tenants.theirs, deal())
    assert "lead." not in theirs


def test_a_rule_for_leads_hears_of_deals_of_chosen_pipelines_only(bench: Bench, tenants: TwoTenants) -> None:
    for each in tenants:
        rule(bench, each, "lead.*", conditions={"field": "value", "op": "at_least", "value": 100})

    assert cards_of(bench, tenants.ours, deal(value=50)) == []
    assert cards_of(bench, tenants.ours, deal(pipeline=SALES, value=500)) == []
    assert len(cards_of(bench, tenants.ours, deal(value=500))) == 1
    assert cards_of(bench, tenants.theirs, deal(value=500)) == []


def test_a_deal_shows_its_score_while_it_is_a_lead(bench: Bench, tenants: TwoTenants) -> None:
    rule(bench, tenants.ours, "deal.*")
    bench.receive(tenants.ours, deal())
    bench.spread()
    look(bench.database)
    bench.send_all()
    assert count(bench.database, LeadScore) == 1
    assert "Score " in str(bench.chat.cards(space_of(tenants.ours))[-1])
    elsewhere = deal("change", SALES, stage_id=61)
    (card,) = cards_of(bench, tenants.ours, elsewhere)
    assert "Score " not in card
    assert "lead." not in card


def test_a_deleted_pipeline_takes_its_leads_along(bench: Bench, tenants: TwoTenants) -> None:
    cards_of(bench, tenants.ours, deal())
    assert count(bench.database, Lead) == 1
    cards_of(bench, tenants.ours, body("pipeline", int(INBOUND), "delete", name="Inbound"))
    with bench.database.writing_all() as session:
        assert lead_pipelines_of(session, tenants.ours) == frozenset()
        assert adopt_some(session, now(), 100)

    assert count(bench.database, Lead) == 0
    assert count(bench.database, LeadPipeline) == 0


def test_what_a_rule_for_leads_would_have_done_counts_such_deals(bench: Bench, tenants: TwoTenants) -> None:
    for each in tenants:
        cards_of(bench, each, deal())
    draft = RuleDraft("Leads", ["lead.created"], None, [], "compact")
    for tenant_id, fired in ((tenants.ours, 1), (tenants.theirs, 0)):
        with bench.database.reading(tenant_id) as session:
            found = backtest(session, tenant_id, draft, now().replace(year=2020))
        assert found.fired == fired


@pytest.mark.parametrize(
    ("on", "data", "previous", "words"),
    [
        ("lead.assigned", {"owner_id": 2}, {"owner_id": 1}, "Globex"),
        ("lead.converted", {"status": "won"}, {"status": "open"}, "Won"),
        (
            "lead.converted",
            {"pipeline_id": int(SALES), "stage_id": 61},
            {"pipeline_id": 5, "stage_id": 51},
            "Globex",
        ),
        ("lead.created", {"stage_id": 51}, {"pipeline_id": 6, "stage_id": 61}, "Globex"),
        ("lead.deleted", {}, None, "Globex"),
    ],
)
def test_each_type_of_a_lead_makes_a_card_of_the_deal_and_says_why(
    bench: Bench,
    tenants: TwoTenants,
    on: str,
    data: dict[str, Any],
    previous: dict[str, Any] | None,
    words: str,
) -> None:
    for each in tenants:
        rule(bench, each, on)
    made = deal("delete" if previous is None else "change", **data)
    made["previous"] = made["previous"] if previous is None else previous

    (card,) = cards_of(bench, tenants.ours, made)
    assert words in card
    assert cards_of(bench, tenants.theirs, made) == []
    event = bench.events(tenants.ours)[-1]
    ada = add_person(bench.database, tenants.ours, "Ada", role="admin")
    with bench.database.reading(tenants.ours) as session:
        (verdict,) = explain_event(session, ada, event.id).rules
    assert verdict.verdict == Verdict.FIRED
    assert event.event_type.startswith("deal.")
