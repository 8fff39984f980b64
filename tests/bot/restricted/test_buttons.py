"""An admin opens one rule or all for what only some may see, after reading what it means."""

from __future__ import annotations

import orjson
import pytest

from models.tables import Event, PipedriveUser
from tests.bot.company import Company, take_role
from tests.chat import ADA, CLEO, DEALS, rule_of
from tests.jobs.visible import restricted
from tests.models.rows import add


@pytest.fixture
def admin(company: Company) -> Company:
    """Ada asks; one of two deals may be seen by some only."""
    company.chat.user = ADA
    people = [PipedriveUser(tenant_id=company.tenant_id, pipedrive_id=each) for each in ("1", "2")]
    add(company.database, *people)
    for number, seers in ((1, ("1",)), (2, ("1", "2"))):
        raw = orjson.dumps(restricted(number, to=seers))
        row = {"source_key": str(number), "raw": raw, "object_key": f"deal:{number}", "state": "done"}
        add(company.database, Event(tenant_id=company.tenant_id, **row))
    return company


def shows(company: Company, name: str) -> bool:
    return rule_of(company.database, company.tenant_id, name).shows_restricted


def test_one_rule_is_opened_after_a_dialog_that_says_what_it_means(admin: Company) -> None:
    rule = str(admin.own.rule)
    asked = admin.chat.open("restricted.ask", rule=rule)
    assert asked.how == "dialog"
    assert asked.has("The rule “Rule of Cleo” posts to Deals. This concerns 1 of the last 2 deals.")
    assert asked.has("guests from outside too")
    assert not shows(admin, "Rule of Cleo"), "it only asks"
    done = admin.chat.submit("restricted.open", {}, rule=rule)
    assert done.title == "1 rule will show it from now on"
    assert (shows(admin, "Rule of Cleo"), shows(admin, "Rule of Ada")) == (True, False)
    assert admin.chat.open("restricted.ask", rule=rule).has("shows it already")
    admin.chat.click(**done.buttons()["Undo"])
    assert not shows(admin, "Rule of Cleo")


def test_all_rules_are_opened_and_closed_again_by_one_press(admin: Company) -> None:
    asked = admin.chat.open("restricted.ask")
    assert asked.has("4 rules will show it, in Board and Deals")
    done = admin.chat.submit("restricted.open", {})
    assert done.title == "4 rules will show it from now on"
    assert shows(admin, "Secret acquisitions")
    assert admin.chat.open("restricted.ask").has("All your rules show it already")
    assert admin.chat.click(**done.buttons()["Undo"]).has("“Secret acquisitions”")
    assert not shows(admin, "Secret acquisitions")
    assert not rule_of(admin.database, admin.tenant_id + 1).shows_restricted, "of another team"


def test_the_rules_that_hide_it_are_chosen_from_a_list(admin: Company) -> None:
    listed = admin.chat.click("restricted.rules")
    assert listed.has("Rule of Cleo")
    assert {"Show", "Show in all rules"} <= set(listed.buttons())
    admin.chat.submit("restricted.open", {})
    assert admin.chat.click("restricted.rules").has("All your rules show it already")


def test_a_rule_that_is_gone_opens_nothing(admin: Company) -> None:
    for number in ("99999", str(admin.foreign.rule)):
        assert admin.chat.open("restricted.ask", rule=number).title == "This rule is gone"
        assert admin.chat.submit("restricted.open", {}, rule=number).title == "This rule is gone"


def test_who_is_no_admin_is_told_who_is(company: Company) -> None:
    take_role(company, "manager")
    company.chat.user, company.chat.space = CLEO, DEALS
    refused = company.chat.open("restricted.ask", on_private=False, rule=str(company.own.rule))
    assert refused.has("Please ask ada@acme.test")
