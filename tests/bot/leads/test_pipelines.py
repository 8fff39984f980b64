"""Choosing pipelines in Chat, and what people do there with a deal that is a lead."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.leads import pipelines
from models.clock import now
from models.database.engine import Database
from models.leads.pipelines import list_pipelines
from models.tables import CardAction, LeadPipeline, User
from tests.chat import ADA, DEALS, Chat
from tests.models.acting import actions_of, body_of, deliver
from tests.models.leads.deals import INBOUND, SALES, adopt, choose, deal, name_pipelines, new_deal
from tests.models.leads.known import look
from tests.models.rows import add

Tenants = tuple[int, int]


@pytest.fixture
def named(database: Database, tenants: Tenants) -> None:
    name_pipelines(database, *tenants)


@pytest.mark.usefixtures("named")
def test_pipelines_are_chosen_by_name_and_the_card_says_by_whom(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    for number in (1, 2):
        deal(database, tenants[0], number)
    assert ada.say("lead pipelines").has("No pipeline is chosen")
    opened = ada.open("lead.pipelines")
    assert opened.has("Inbound")
    assert opened.has("Sales")
    saved = ada.submit("lead.choose", {"pipelines": [INBOUND]})
    assert saved.has("Inbound")
    assert saved.has(f"chosen by {ADA['email']}")
    assert saved.has("0 of 2 known deals so far")
    assert ada.click("lead.adopting").has("0 of 2 known deals")
    adopt(database)
    assert not ada.say("lead pipelines").has("known deals so far")
    assert ada.submit("lead.choose", {}).has("No pipeline is chosen")
    with database.reading(tenants[1]) as session:
        assert not any(each.is_chosen for each in list_pipelines(session, tenants[1]))


@pytest.mark.usefixtures("named")
def test_what_is_no_pipeline_is_asked_for_again(ada: Chat) -> None:
    assert ada.submit("lead.choose", {"pipelines": ["999"]}).has("Please look at this again")


def test_where_no_pipeline_is_known_the_dialog_says_so(ada: Chat) -> None:
    assert ada.open("lead.pipelines").has(pipelines.NONE_KNOWN)


@pytest.mark.usefixtures("named")
def test_one_that_is_gone_from_pipedrive_is_shown_by_its_number(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    add(database, LeadPipeline(tenant_id=tenants[0], pipeline_id="99", chosen_at=now()))
    assert ada.say("lead pipelines").has("Pipeline 99, which is not in Pipedrive any more")
    assert ada.open("lead.pipelines").has("Pipeline 99")


@pytest.mark.usefixtures("named")
def test_a_deal_is_listed_shown_and_acted_on_as_a_lead(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    choose(database, tenants[0], INBOUND)
    new_deal(database, tenants[0], title="Umbrella order", owner_id=2)
    new_deal(database, tenants[1], title="Umbrella of theirs")

    listed = ada.say("lead list umbrella")
    assert listed.has("Umbrella order")
    assert not listed.has("theirs")
    shown = ada.say("lead show deal-7")
    assert shown.has("Deal, a lead · score 20 · cold · new")
    assert shown.has("Inbound")
    assert shown.has("Step 1")
    assert shown.has("Move on")
    assert not shown.has("Convert")
    assert ada.click("lead.show", lead="deal-7").has("Umbrella order")
    assert ada.say("score explain umbrella").has("Score 20, cold")
    assert ada.say("lead convert umbrella").has("a deal already")

    ada.say("lead claim umbrella")
    ada.say("lead status umbrella contacted")
    ada.say("lead note umbrella: call on Monday")
    ada.say("lead snooze umbrella until 2099-01-01: budget")
    ada.say("lead snooze umbrella until tomorrow: budget")
    ada.submit("lead.give", {"owner": ["2"]}, lead="deal-7")
    done = [(each.do, each.object_id) for each in actions_of(database, tenants[0])]
    assert done == [(f"deal.{verb}", "7") for verb in ("claim", "contacted", "note", "snooze", "assign")]
    assert actions_of(database, tenants[1]) == []


@pytest.mark.usefixtures("named")
def test_it_moves_on_to_the_first_stage_of_another_pipeline(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    choose(database, tenants[0], INBOUND)
    new_deal(database, tenants[0], title="Umbrella order")
    opened = ada.open("lead.convert", lead="deal-7")
    assert opened.has("To which pipeline?")
    assert opened.has("Sales")
    assert not opened.has("Inbound")
    assert ada.submit("lead.move", {"stage": ["51"]}, lead="deal-7").has("stages are known")
    ada.submit("lead.move", {"stage": [f"{SALES}1"]}, lead="deal-7")
    (action,) = actions_of(database, tenants[0])
    assert (action.do, action.fields) == ("deal.move", {"stage_id": 61})


@pytest.mark.usefixtures("named")
def test_the_buttons_of_its_card_act_on_the_deal(ada: Chat, database: Database, tenants: Tenants) -> None:
    choose(database, tenants[0], INBOUND)
    body = body_of("deal", 7, title="Umbrella order", pipeline_id=int(INBOUND), owner_id=2)
    new_deal(database, tenants[0], title="Umbrella order", owner_id=2)
    sent = deliver(database, tenants[0], body, DEALS["name"])

    answered = ada.click("lead.contacted", delivery=str(sent.id))
    assert answered.has("Umbrella order")
    assert answered.has("lead.snooze")
    assert answered.has("Score 20, cold")
    opened = ada.open("lead.snooze", delivery=str(sent.id))
    assert opened.has("Not now")
    assert [each.do for each in actions_of(database, tenants[0])] == ["deal.contacted"]


@pytest.mark.usefixtures("named")
def test_a_card_of_a_deal_that_is_no_lead_says_so(ada: Chat, database: Database, tenants: Tenants) -> None:
    sent = deliver(database, tenants[0], body_of("deal", 7, pipeline_id=int(INBOUND)), DEALS["name"])
    new_deal(database, tenants[0])
    assert ada.click("lead.contacted", delivery=str(sent.id)).has("is no lead now")
    choose(database, tenants[0], INBOUND)
    look(database)
    new_deal(database, tenants[0], status="lost")
    assert ada.click("lead.contacted", delivery=str(sent.id)).has("This lead is over")
    shown = ada.say("lead show deal-7")
    assert shown.has("It was lost in Pipedrive")
    with database.reading(tenants[0]) as session:
        assert session.scalars(select(CardAction)).all() == []
        assert session.scalars(select(User)).first() is not None
