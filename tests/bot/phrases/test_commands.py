"""`when <phrase>` in a conversation: what was understood, then the dialog filled in."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.tables import KnownName
from tests.bot.company import Company, take_role
from tests.chat import Chat, rule_of


@pytest.fixture(autouse=True)
def _names(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        for tenant_id, text in zip(tenants, ("Enterprise", "Secret pipeline"), strict=True):
            session.add(KnownName(tenant_id=tenant_id, kind="pipeline", key="1", text=text, more={}))


def test_a_sentence_becomes_a_rule_after_a_look(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.say("when a deal over 10k is lost in “Enterprise” post it here")
    assert asked.title == "I understood this"
    assert asked.viewer == "users/1"
    assert asked.has("Value is more than 10,000 in any currency and Pipeline is Enterprise")
    assert asked.has("Deals")

    form = chat.open(**asked.buttons()["Open the rule"])

    assert form.title == "New rule"
    saved = chat.submit("rule.save", form.values())
    assert saved.has("saved")
    rule = next(each for each in [rule_of(database, tenants[0], saved.title.split("“")[1].split("”")[0])])
    assert rule.event_types == ["deal.lost"]
    assert rule.conditions == {
        "all": [
            {"field": "value", "op": "more_than", "value": 10_000},
            {"field": "pipeline", "op": "is", "value": "Enterprise"},
        ]
    }


def test_what_was_not_understood_stands_on_the_card_and_in_the_dialog(chat: Chat) -> None:
    asked = chat.say("when a deal is won on fridays")
    assert asked.title == "I did not understand all of it"
    assert asked.has("I did not understand “on fridays”.")
    assert chat.open(**asked.buttons()["Open the rule"]).has("I did not understand “on fridays”.")


@pytest.mark.parametrize("phrase", ["when", "when the cat sits", "when a person is won"])
def test_without_an_event_examples_are_shown(chat: Chat, phrase: str) -> None:
    reply = chat.say(phrase)
    assert reply.has("/pipenotify when a deal over 10k is won post it here")
    assert "New rule" in reply.buttons()


def test_another_tenants_names_are_not_known(chat: Chat) -> None:
    reply = chat.say('when a deal is won in "Secret pipeline"')
    assert reply.has("I know no pipeline or stage “Secret pipeline”. There is Enterprise.")


@pytest.mark.parametrize("name", ["the old customer", "the ”old” customer", 'the “old” "customer'])
def test_quoted_names_reach_the_dialog_whole(chat: Chat, name: str) -> None:
    asked = chat.say(f"when a deal for «{name}» is won")
    form = chat.open(**asked.buttons()["Open the rule"])
    assert [name] in form.values().values()


def test_who_may_not_make_rules_is_refused(company: Company) -> None:
    take_role(company, "viewer")
    assert company.chat.say("when a deal is won").title == "You may not do this"
