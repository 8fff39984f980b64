"""What the dialog says about input that cannot be right, or that Pipedrive does not know."""

from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Rule
from models.tables.connections import KnownName
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
    hints = [
        widget["textInput"].get("hintText", "")
        for section in reply.card["sections"]
        for widget in section["widgets"]
        if "textInput" in widget
    ]
    assert any(hint.startswith("Value: write an amount") for hint in hints)
    assert any("“is at least” does not fit here" in hint for hint in hints)


def test_ten_thousand_as_germans_write_it_is_not_ten(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("rule.save", {**WINS, "value1": ["10.000 EUR"]})
    rule: Any = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions["all"][0]["value"] == {"amount": 10000, "currency": "EUR"}
    assert chat.say("rule show big").has("Value is at least 10,000 EUR")


def test_a_name_that_pipedrive_lacks_is_saved_only_when_confirmed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        session.add(KnownName(tenant_id=tenants[0], kind="stage", key="3", text="Proposal made", more={}))
    typed = {**WINS, "field2": ["stage"], "op2": ["changed_to"], "value2": ["Proposal"]}
    both = chat.submit("rule.save", {**typed, "value1": ["a lot"]})
    assert both.has("Condition 1: Value: write")
    assert both.has("Condition 2: Pipedrive has no stage “Proposal”")
    doubted = chat.submit(**both.buttons()["Save"], inputs=typed)
    assert doubted.has("Pipedrive has no stage “Proposal”. There is Proposal made")
    assert rule_of(database, tenants[0], "Big wins") is None
    other = chat.submit(**doubted.buttons()["Save"], inputs={**typed, "value2": ["Propsal"]})
    assert other.has("no stage “Propsal”")
    assert chat.submit(**other.buttons()["Save"], inputs={**typed, "value2": ["Propsal"]}).how == "update"
    assert rule_of(database, tenants[0], "Big wins") is not None


def test_the_dialog_offers_no_event_that_nothing_produces(chat: Chat) -> None:
    form = chat.open("rule.new")
    assert not form.has("lead.scored")
    assert form.has("deal.won")
    assert form.has("deal.stalled")


def test_a_rule_of_a_file_that_names_such_an_event_keeps_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenants[0])).one()
        rule.event_types = ["lead.scored"]
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.values()["on"] == ["lead.scored"]
    assert chat.submit(**form.buttons()["Save"], inputs=form.values()).how == "update"
    assert rule_of(database, tenants[0]).event_types == ["lead.scored"]
