"""What the dialog says about input that cannot be right, or that Pipedrive does not know."""

from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.tables import User
from models.tables.connections import KnownName, PipedriveUser
from tests.bot.rules.test_dialogs import WINS
from tests.chat import Chat, rule_of


def test_all_that_is_wrong_is_said_at_once_and_beside_its_row(chat: Chat) -> None:
    wrong = {"value1": ["a lot"], "op2": ["at_least"], "to": [], "name": ["Wins of Acme"]}
    reply = chat.submit("rule.save", {**WINS, **wrong})
    for part in (
        "Condition 1: Value: write",
        "Condition 2: Currency: “is at least”",
        "Post to: choose",
        "Name:",
    ):
        assert reply.has(part)
    widgets = [widget for section in reply.card["sections"] for widget in section["widgets"]]
    hints = [widget["textInput"].get("hintText", "") for widget in widgets if "textInput" in widget]
    assert any(hint.startswith("Value: write an amount") for hint in hints)
    assert any("“is at least” does not fit here" in hint for hint in hints)


def test_ten_thousand_as_germans_write_it_is_not_ten(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("rule.save", {**WINS, "value1": ["10.000 EUR"]})
    rule: Any = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions["all"][0]["value"] == {"amount": 10000, "currency": "EUR"}
    assert chat.say("rule show big").has("Value is at least 10,000 EUR")


def test_a_name_that_pipedrive_lacks_is_refused_with_the_nearest(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        session.add(KnownName(tenant_id=tenants[0], kind="stage", key="3", text="Proposal made", more={}))
    typed = {**WINS, "field2": ["stage"], "op2": ["changed_to"], "value2": ["Proposal"]}
    both = chat.submit("rule.save", {**typed, "value1": ["a lot"]})
    assert both.has("Condition 1: Value: write")
    assert both.has("Condition 2: Pipedrive has no stage “Proposal”")
    refused = chat.submit(**both.buttons()["Save"], inputs=typed)
    assert refused.has("Pipedrive has no stage “Proposal”. There is Proposal made")
    again = chat.submit(**refused.buttons()["Save"], inputs=typed)
    assert again.how == "dialog"
    assert rule_of(database, tenants[0], "Big wins") is None
    right = {**typed, "value2": ["proposal made"]}
    assert chat.submit(**refused.buttons()["Save"], inputs=right).how == "update"


def test_an_amount_that_can_be_read_in_two_ways_is_asked_about(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.submit("rule.save", {**WINS, "value1": ["1.000"]})
    assert asked.how == "dialog"
    assert asked.has("Condition 1: Value: is “1.000” 1,000 or 1? Write 1000 or 1.0")
    assert asked.values()["value1"] == ["1.000"]
    chat.locale = "de"
    assert chat.submit("rule.save", {**WINS, "value1": ["1.000"]}).how == "update"
    rule: Any = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions["all"][0]["value"] == 1000


def test_a_condition_without_a_currency_says_so(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.submit("rule.save", WINS).has("Value is at least 10,000 in any currency and")
    euros = {**WINS, "name": ["Euros"], "currency1": ["EUR"]}
    assert chat.submit("rule.save", euros).has("Value is at least 10,000 EUR and")


def test_a_rule_that_could_never_fire_is_not_saved(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    never = {**WINS, "on": ["deal.created"], "field2": ["stage"], "op2": ["changed"], "value2": []}
    refused = chat.submit("rule.save", never)
    assert refused.how == "dialog"
    assert refused.has("there is no earlier value")
    assert rule_of(database, tenants[0], "Big wins") is None


def test_me_is_the_person_in_pipedrive(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    mine = {**WINS, "field2": ["owner"], "op2": ["is"], "value2": ["me"]}
    assert chat.submit("rule.save", mine).has("you are matched with no user of Pipedrive yet")
    with database.writing(tenants[0]) as session:
        person = session.scalars(select(User).where(User.email == "ada@acme.test")).one()
        person.pipedrive_user_id = "7"
        session.add(PipedriveUser(tenant_id=tenants[0], pipedrive_id="7", name="Ada Lovelace"))
    assert chat.submit("rule.save", mine).how == "update"
    rule: Any = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions["all"][1] == {"field": "owner", "op": "is", "value": "Ada Lovelace"}
