"""What guests and sales reps see and do, where the table of rights says own or this space."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.rules.history import DELETED
from models.tables import Delivery, Rule
from tests.bot.company import BOARD, DRAFT_FORM, FILLED, REFUSED, Company, contents, take_role
from tests.chat import ADA, CLEO, DEALS, audit_of


def test_a_guest_sees_the_rules_and_the_log_of_this_space_alone(company: Company) -> None:
    with company.database.writing_all() as session:
        for each in session.scalars(select(Delivery)):
            each.state = "delivered"

    assert company.chat.say("rule list").has("Rule of Cleo")
    assert not company.chat.say("rule list").has("Secret acquisitions")
    assert not company.chat.say("space list").has("Board")
    assert company.chat.say("log").has("Rule of Ada")
    assert not company.chat.say("log").has("Secret acquisitions")
    for asked in (
        company.chat.say("rule show Secret acquisitions"),
        company.chat.click("rule.show", rule=str(company.elsewhere.rule)),
        company.chat.click("space.show", place=str(company.elsewhere.place)),
        company.chat.click("log.show", rule=str(company.elsewhere.rule)),
    ):
        assert not asked.has("deal.won")
        assert not asked.has("Board")
        assert "Secret acquisitions" not in asked.title


def test_a_guest_sees_nothing_that_the_space_has_not_shown(company: Company) -> None:
    assert company.chat.say("log").has("Nothing was sent yet")
    assert company.chat.say().title == "Pipenotify help"
    assert company.chat.say("status").title == REFUSED


@pytest.mark.parametrize(
    ("role", "sees"), [("sales_rep", False), ("viewer", False), ("analyst", True), ("manager", True)]
)
def test_the_log_of_the_team_is_for_those_who_may_read_it(company: Company, role: str, sees: bool) -> None:
    take_role(company, role)

    assert company.chat.say("log").has("Secret acquisitions") is sees
    assert company.chat.say("log").has("Rule of Cleo")


def test_a_sales_rep_sends_only_their_own_deliveries_again(company: Company) -> None:
    take_role(company, "sales_rep")

    assert company.chat.say("log").has("Rule of Ada"), "what went to this space may be read"
    retries = [
        press["delivery"] for press in company.chat.say("log").buttons().values() if "delivery" in press
    ]
    assert retries == [str(company.own.delivery)]
    assert company.chat.say("retry failed").title == "1 delivery on the way again"


def test_a_sales_rep_posts_to_this_space_or_to_themselves_alone(company: Company) -> None:
    take_role(company, "sales_rep")
    form = {"name": ["Mine"], "on": ["deal.won"], "template": ["compact"]}

    offered = company.chat.open("rule.new")
    assert offered.has("Deals")
    assert offered.has("Me, in a direct message")
    assert not offered.has("Board")
    assert company.chat.submit("rule.save", {**form, "to": [BOARD["name"]]}).title == REFUSED
    assert company.chat.submit("rule.save", {**form, "to": [CLEO["email"]]}).title == "Rule “Mine” saved"


def test_a_sales_rep_keeps_where_their_rule_posts_but_widens_it_nowhere(company: Company) -> None:
    take_role(company, "sales_rep")
    company.chat.space = BOARD
    form = {"name": ["Rule of Cleo"], "on": ["deal.lost"], "template": ["compact"]}
    rule = str(company.own.rule)

    kept = company.chat.submit("rule.save", {**form, "to": [DEALS["name"]]}, rule=rule)
    wider = company.chat.submit("rule.save", {**form, "to": [DEALS["name"], ADA["email"]]}, rule=rule)

    assert (kept.title, wider.title) == ("Rule “Rule of Cleo” saved", REFUSED)


def test_a_sales_rep_is_offered_no_webhook_and_adds_none(company: Company) -> None:
    take_role(company, "sales_rep")

    assert not company.chat.open("space.add").has("incoming webhook")
    assert company.chat.submit("space.save", FILLED["space.save"]).title == REFUSED


def test_a_sales_rep_cannot_bring_back_what_an_admin_deleted(company: Company) -> None:
    take_role(company, "sales_rep")
    company.chat.user = ADA
    undo = company.chat.click("rule.remove", rule=str(company.own.rule)).buttons()["Undo"]

    company.chat.user = CLEO
    assert company.chat.click(**undo).title == REFUSED


def test_a_restored_rule_keeps_its_author(company: Company) -> None:
    company.chat.user = ADA
    undo = company.chat.click("rule.remove", rule=str(company.own.rule)).buttons()["Undo"]
    company.chat.click(**undo)

    with company.database.reading(company.tenant_id) as session:
        assert session.scalar(select(Rule.made_by).where(Rule.name == "Rule of Cleo")) == CLEO["email"]


def test_a_command_behind_a_button_needs_its_own_right(company: Company) -> None:
    assert company.chat.click("phrase.say", phrase="status").title == REFUSED
    assert company.chat.click("phrase.say", phrase="disconnect").title == REFUSED
    assert audit_of(company.database, company.tenant_id)[-1][1] == DELETED, "nothing was done since"


@pytest.mark.parametrize("role", ["sales_rep", "analyst", "viewer", None])
def test_nobody_saves_or_redraws_the_form_of_a_rule_that_they_may_not_change(
    company: Company, role: str | None
) -> None:
    take_role(company, role)
    before = contents(company.database)
    for rule in (company.here.rule, company.elsewhere.rule):
        assert company.chat.submit("rule.save", DRAFT_FORM, rule=str(rule)).title != "Rule “Mine” saved"
        assert not company.chat.submit("rule.form", {"on": ["deal.won"]}, rule=str(rule)).has("Post to")
    assert contents(company.database) == before
