"""A team whose leads are deals of a pipeline works on them as on leads; another team's deals stay deals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from models.tables import Lead, Tenant
from tests.customers import ADA, BEN, WITHIN_S, Customer, new_customer
from tests.scenarios.acme import NAME, Acme
from tests.scenarios.acting.pressing import EMAILS, NUMBERS, buttons, connect
from tests.stack import the_vault, wait_until


@pytest.fixture
def team(acme: Acme) -> Acme:
    """Acme with a rule for deals and one for leads, and Ada and Ben who have connected themselves."""
    acme.spaces = [*acme.spaces, *new_customer(acme.stack).spaces]  # the second for commands
    users = [{"email": EMAILS[ADA], "role": "admin"}, {"email": EMAILS[BEN], "role": "sales_rep"}]
    rules = [
        {"name": "New deals", "on": "deal.created", "to": [acme.spaces[0]]},
        {"name": "New leads", "on": "lead.created", "to": [acme.spaces[0]]},
    ]
    acme.load(rules, users=users)
    for person in (ADA, BEN):
        connect(acme.stack.database, the_vault(), acme.crm, NAME, person)
    return acme


def say(acme: Acme, words: str, person: str = ADA) -> dict[str, Any]:
    return acme.stack.play.say(acme.spaces[1], person, f"/pipenotify {words}")


def choose(acme: Acme, *pipelines: str) -> None:
    """Choose pipelines in the dialog, as an admin does."""
    card = say(acme, "lead pipelines")["message"]
    opened = acme.stack.play.click(acme.spaces[1], ADA, card["name"], buttons(card)["lead.pipelines"])
    assert opened["kind"] == "dialog", opened
    saving = buttons(acme.stack.play.dialog(ADA))["lead.choose"]
    acme.stack.play.submit_dialog(ADA, saving, {"pipelines": list(pipelines)})


def lists(acme: Acme, title: str) -> bool:
    return title in str(say(acme, "lead list"))


def press(acme: Acme, message: Mapping[str, Any], do: str, person: str) -> None:
    acme.stack.play.click(acme.spaces[0], person, message["name"], buttons(message)[do])


def shows(acme: Acme, message: Mapping[str, Any], words: str) -> None:
    def is_shown() -> bool:
        return words in next(
            str(each) for each in acme.cards(acme.spaces[0]) if each["name"] == message["name"]
        )

    wait_until(is_shown, WITHIN_S, f"{words} on the card")


def leads_of(customer: Customer) -> list[str]:
    with customer.stack.database.reading_all() as session:
        mine = select(Lead.object_id).join(Tenant, Tenant.id == Lead.tenant_id)
        return list(session.scalars(mine.where(Tenant.name == customer.name, Lead.entity == "deal")))


@dataclass(frozen=True)
class Prospect:
    """A deal that was made after its pipeline was chosen, and its card."""

    id: int
    pipeline: int
    card: Mapping[str, Any]


def come(team: Acme) -> Prospect:
    """A deal that is known before its pipeline is chosen, and one that is made after that."""
    stage = next(each for each in team.crm.store.all("stage") if each["pipeline_id"] != 1)
    team.crm.do("create_deal", title="Known before", stage_id=stage["id"])
    (before,) = team.wait_for_cards(1, team.spaces[0])
    assert "lead.contacted" not in buttons(before)
    choose(team, str(stage["pipeline_id"]))
    wait_until(lambda: lists(team, "Known before"), WITHIN_S, "the known deal among the leads")
    deal = team.crm.do("create_deal", title="Umbrella order", stage_id=stage["id"], owner_id=NUMBERS[ADA])
    card = team.wait_for_cards(2, team.spaces[0])[-1]
    assert {"lead.contacted", "lead.snooze", "deal.won"} <= buttons(card).keys()
    return Prospect(deal["id"], stage["pipeline_id"], card)


def work_on(team: Acme, deal: Prospect) -> None:
    """Ben contacts them and claims it: both are written to the deal, and in its history as a lead."""
    press(team, deal.card, "lead.contacted", BEN)
    shows(team, deal.card, "Ben Okafor contacted them")
    calls = [each for each in team.crm.store.all("activity") if each["deal_id"] == deal.id]
    assert [(each["done"], each["owner_id"]) for each in calls] == [(True, NUMBERS[BEN])]
    press(team, deal.card, "deal.claim", BEN)
    shows(team, deal.card, "Ben Okafor claimed it")
    assert team.crm.store.get("deal", deal.id)["owner_id"] == NUMBERS[BEN]
    shown = str(say(team, f"lead show deal-{deal.id}"))
    assert all(each in shown for each in ("Ben Okafor claimed it", "Ben Okafor contacted them"))


def test_a_deal_of_a_chosen_pipeline_goes_the_way_of_a_lead(team: Acme) -> None:
    other = new_customer(team.stack)
    other.load([{"name": "New", "on": ["deal.created", "lead.created"], "to": list(other.spaces)}])
    deal = come(team)
    same = other.body("create", data={"id": deal.id, "pipeline_id": deal.pipeline})
    assert other.post(same).status_code == 200
    (theirs,) = other.wait_for_cards(1)
    assert not [each for each in buttons(theirs) if each.startswith("lead.")]
    work_on(team, deal)

    team.crm.do("move_deal", id=deal.id, stage_id=1)
    wait_until(lambda: not lists(team, "Umbrella order"), WITHIN_S, "the list without it")
    show = f"lead show deal-{deal.id}"
    wait_until(lambda: "It moved to" in str(say(team, show)), WITHIN_S, "where it went")
    assert len(team.cards(team.spaces[0])) == 2, "one card for each new deal, whatever it is besides"

    choose(team)
    wait_until(lambda: leads_of(team) == [], WITHIN_S, "no lead left")
    assert not lists(team, "Known before")
    assert leads_of(other) == []


def test_a_lead_that_becomes_such_a_deal_is_one_lead_in_one_thread(team: Acme) -> None:
    team.crm.do("create_deal", title="Names are known", stage_id=1)
    team.wait_for_cards(1, team.spaces[0])
    choose(team, "1")
    team.crm.do("create_lead", title="Wonka fair", person_name="Lucius Fox")
    card = team.wait_for_cards(2, team.spaces[0])[-1]
    wait_until(lambda: lists(team, "Wonka fair"), WITHIN_S, "the lead in the list")
    press(team, card, "lead.convert", BEN)
    saving = buttons(team.stack.play.dialog(BEN))["lead.become"]
    team.stack.play.submit_dialog(BEN, saving, {})

    shows(team, card, "Ben Okafor made a deal of it")
    deal = next(each for each in team.crm.store.all("deal") if each["title"] == "Wonka fair")
    show = f"lead show deal-{deal['id']}"
    wait_until(lambda: "Ben Okafor made a deal of it" in str(say(team, show)), WITHIN_S, "its history")
    wait_until(lambda: str(say(team, "lead list wonka")).count("lead.show") == 1, WITHIN_S, "one lead")
    assert len(team.cards(team.spaces[0])) == 2, "the card where it was pressed shows it"
