from typing import Any

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, Destination, Rule, Space
from models.tables.connections import KnownName
from tests.chat import ADA, BOB, BOLTS, CLEO, DEALS, NEW, Chat, add_sales_rep, audit_of, rule_of

WINS = {
    "name": ["Big wins"],
    "on": ["deal.won"],
    "field1": ["value"],
    "op1": ["at_least"],
    "value1": ["10000"],
    "field2": ["currency"],
    "op2": ["in"],
    "value2": ["EUR, USD"],
    "field3": ["title"],
    "op3": ["not_contains"],
    "value3": ["test"],
    "to": ["spaces/ACME"],
    "template": ["detailed"],
    "urgent": ["yes"],
}


def test_a_dialog_with_three_conditions_makes_that_rule(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.submit("rule.save", WINS)
    assert (reply.how, reply.title) == ("update", "Rule “Big wins” saved")
    rule = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions == {
        "all": [
            {"field": "value", "op": "at_least", "value": 10000},
            {"field": "currency", "op": "in", "value": ["EUR", "USD"]},
            {"field": "title", "op": "not_contains", "value": "test"},
        ]
    }
    assert (rule.event_types, rule.look, rule.is_urgent, rule.is_enabled) == (
        ["deal.won"],
        "detailed",
        True,
        True,
    )
    assert ("ada@acme.test", "rule.made", "Big wins") in audit_of(database, tenants[0])
    assert rule_of(database, tenants[1], "Big wins") is None


def test_the_button_of_a_typed_rule_new_opens_the_form(chat: Chat) -> None:
    typed = chat.say("rule new")
    reply = chat.open(**typed.buttons()["New rule"])
    assert (reply.how, reply.title) == ("dialog", "New rule")
    assert reply.values()["to"] == ["spaces/ACME"]
    assert reply.values()["on"] == ["deal.won"]


def test_the_quick_command_opens_the_form_at_once(chat: Chat) -> None:
    assert chat.quick(3, opens_dialog=True).title == "New rule"


def test_a_quick_command_that_opens_no_dialog_offers_the_button(chat: Chat) -> None:
    reply = chat.quick(3)
    assert reply.how == "message"
    assert reply.buttons()["New rule"] == {"do": "rule.new"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"value1": ["a lot"]}, "Condition 1: Value: write an amount"),
        ({"value1": []}, "Condition 1: Value needs a value"),
        ({"op2": ["at_least"]}, "Condition 2"),
        ({"field3": ["-"]}, "Condition 3"),
        ({"on": ["deal.wonn"]}, "When: choose an event"),
        ({"to": []}, "Post to: choose where"),
        ({"to": ["spaces/BOLT"]}, "Post to: this place is not there any more"),
        ({"name": ["x" * 300]}, "Name: must have 1 to 255 characters"),
        ({"name": ["Wins of Acme"]}, "Name: there is a rule of that name already"),
        ({"template": ["shiny"]}, "Look: this look is not there any more"),
    ],
)
def test_invalid_input_is_shown_again_with_all_values(
    chat: Chat, database: Database, tenants: tuple[int, int], change: dict[str, list[str]], text: str
) -> None:
    entered = {**WINS, **change}
    reply = chat.submit("rule.save", entered)
    assert reply.how == "dialog"
    assert reply.has(text)
    shown = reply.values()
    if "value1" not in change:
        assert shown["value1"] == ["10000"]
    if "op2" not in change:
        assert shown["value2"] == ["EUR", "USD"]
    assert audit_of(database, tenants[0]) == []
    with database.reading(tenants[0]) as session:
        assert len(session.scalars(select(Rule).where(Rule.tenant_id == tenants[0])).all()) == 1


def test_a_refused_form_can_be_corrected_and_saved(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    refused = chat.submit("rule.save", {**WINS, "value1": ["a lot"]})
    mended = {**refused.values(), "value1": ["12,500 EUR"]}
    assert chat.submit(**refused.buttons()["Save"], inputs=mended).title == "Rule “Big wins” saved"
    rule: Any = rule_of(database, tenants[0], "Big wins")
    assert rule.conditions["all"][0]["value"] == {"amount": 12500, "currency": "EUR"}


def test_an_unnamed_rule_is_named_after_what_it_does(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    unnamed = {"on": ["deal.lost"], "to": ["spaces/ACME"]}
    assert chat.submit("rule.save", unnamed).title == "Rule “Deal lost” saved"
    assert chat.submit("rule.save", unnamed).title == "Rule “Deal lost (2)” saved"
    assert rule_of(database, tenants[0], "Deal lost").conditions is None


def test_save_and_test_creates_a_test_card_and_wakes_the_engine(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.submit("rule.save", WINS, test="yes")
    assert reply.wake_worker
    assert reply.has("1 test card on the way")
    with database.reading(tenants[0]) as session:
        (owed,) = session.scalars(select(Delivery).where(Delivery.tenant_id == tenants[0])).all()
    assert (owed.is_test, owed.state, owed.lane, owed.rule_name) == (
        True,
        "pending",
        "spaces/ACME",
        "Big wins",
    )


def test_another_event_type_redraws_the_form_with_its_own_fields(chat: Chat) -> None:
    form = chat.open("rule.new")
    reply = chat.submit("rule.form", {**form.values(), "on": ["person.created"], "name": ["Keep me"]})
    assert reply.how == "dialog"
    assert reply.values()["on"] == ["person.created"]
    assert reply.values()["name"] == ["Keep me"]
    assert not reply.has("Lost reason")


def test_custom_fields_are_chosen_by_their_names(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    digest = "a" * 40
    with database.writing(tenants[0]) as session:
        more = {"kind": "text", "options": {}}
        session.add(KnownName(tenant_id=tenants[0], kind="deal_field", key=digest, text="Region", more=more))
    assert chat.open("rule.new").has("Region")
    assert not chat.open("rule.new").has(digest)
    inputs = {**WINS, "field1": ["custom.Region"], "op1": ["is"], "value1": ["North"]}
    assert chat.submit("rule.save", inputs).how == "update"
    chat.space, chat.user = BOLTS, BOB
    assert not chat.open("rule.new").has("Region")


def test_editing_shows_the_rule_and_changes_only_what_was_changed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("rule.save", WINS)
    rule = rule_of(database, tenants[0], "Big wins")
    chat.click("rule.toggle", rule=str(rule.id), to="off")
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.title == "Edit rule"
    shown = form.values()
    drawn = {
        "value2": ["EUR", "USD"],
        "currency1": ["-"],
        "join2": ["and"],
        "join3": ["and"],
        "field4": ["-"],
        "thread": ["none"],
        "mention": ["none"],
        "update": ["reply"],
    }
    assert {key: value for key, value in shown.items() if value} == {**WINS, **drawn}
    reply = chat.submit(**form.buttons()["Save"], inputs={**shown, "value1": ["20000"]})
    assert reply.title == "Rule “Big wins” saved"
    edited: Any = rule_of(database, tenants[0], "Big wins")
    assert edited.id == rule.id
    assert edited.conditions["all"][0]["value"] == 20000
    assert edited.conditions["all"][1]["value"] == ["EUR", "USD"]
    assert edited.is_enabled is False


def test_editing_keeps_what_the_form_cannot_show(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    nested = {
        "any": [
            {"field": "value", "op": "at_least", "value": 1},
            {"not": {"field": "title", "op": "changed"}},
        ]
    }
    with database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenants[0])).one()
        rule.conditions, rule.look, rule.liquid = nested, "custom", "{{ deal.title }}"
        rule.event_types = ["deal.won", "deal.lost"]
    form = chat.open("rule.edit", rule=str(rule.id))
    reply = chat.submit(**form.buttons()["Save"], inputs={**form.values(), "name": ["Renamed"]})
    assert reply.title == "Rule “Renamed” saved"
    kept = rule_of(database, tenants[0], "Renamed")
    assert (kept.conditions, kept.look, kept.liquid) == (nested, "custom", "{{ deal.title }}")
    assert kept.event_types == ["deal.won", "deal.lost"]


def test_editing_another_tenants_rule_shows_only_ones_own(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    theirs = rule_of(database, tenants[1])
    assert "Wins of Bolt" not in str(chat.open("rule.edit", rule=str(theirs.id)).card)
    assert "Wins of Bolt" not in str(chat.submit("rule.save", WINS, rule=str(theirs.id)).card)
    assert rule_of(database, tenants[1]).name == "Wins of Bolt"


def test_a_card_that_all_can_see_stays_when_a_rule_is_saved(chat: Chat) -> None:
    reply = chat.submit("rule.save", WINS, on_private=False)
    assert (reply.how, reply.viewer) == ("message", ADA["name"])


def test_a_rule_may_write_to_the_person_who_made_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.open("rule.new").has("Me, in a direct message")
    assert chat.submit("rule.save", {**WINS, "to": ["ada@acme.test"]}).how == "update"
    with database.reading(tenants[0]) as session:
        mine = select(Destination).where(Destination.tenant_id == tenants[0], Destination.kind == "chat_dm")
        assert session.scalars(mine).one().lane == "dm:ada@acme.test"


def test_hundreds_of_destinations_still_make_a_dialog_that_holds_this_space(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for number in range(150):
            session.add(
                Destination(
                    tenant_id=tenants[0], kind="chat_webhook", name=f"Wall {number}", address="", lane="x"
                )
            )
        session.add(Space(tenant_id=tenants[0], name="spaces/LAST", title="Last"))
        session.add(
            Destination(tenant_id=tenants[0], kind="chat_space", name="spaces/LAST", address="", lane="y")
        )
    chat.space = {**DEALS, "name": "spaces/LAST"}
    assert chat.open("rule.new").values()["to"] == ["spaces/LAST"]


def test_an_unlinked_space_opens_no_form(chat: Chat) -> None:
    chat.space = NEW
    assert chat.open("rule.new").title == "Welcome to Pipenotify"


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        ({"name": ["Other"]}, True),
        ({"on": ["deal.lost"]}, False),
        ({"value1": ["1"]}, False),
        ({"template": ["compact"]}, False),
    ],
)
def test_a_wider_rule_saved_by_its_rep_shows_restricted_objects_no_more(
    chat: Chat, database: Database, tenants: tuple[int, int], changed: dict[str, list[str]], stays: bool
) -> None:
    add_sales_rep(database, tenants[0])
    chat.user = CLEO
    chat.submit("rule.save", WINS)
    rule = str(rule_of(database, tenants[0], "Big wins").id)
    chat.user = ADA
    chat.click("rule.reveal", rule=rule, to="on")
    chat.user = CLEO
    reply = chat.submit("rule.save", {**WINS, **changed}, rule=rule)
    with database.reading_all() as session:
        saved = session.scalars(select(Rule).where(Rule.id == int(rule))).one()
    assert saved.shows_restricted is stays
    assert reply.has("It withholds again") is not stays


def test_a_rule_edited_by_an_admin_keeps_showing_restricted_objects(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("rule.save", WINS)
    rule = str(rule_of(database, tenants[0], "Big wins").id)
    chat.click("rule.reveal", rule=rule, to="on")
    chat.submit("rule.save", {**WINS, "on": ["deal.lost"]}, rule=rule)
    assert rule_of(database, tenants[0], "Big wins").shows_restricted
