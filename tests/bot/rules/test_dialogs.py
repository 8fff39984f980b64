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
    assert shown["value2"] == ["EUR, USD"]
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
    assert {key: value for key, value in shown.items() if value} == {**WINS, "value2": ["EUR; USD"]}
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
    [({"name": ["Other"]}, True), ({"on": ["deal.lost"]}, False), ({"value1": ["1"]}, False)],
)
def test_a_wider_rule_saved_by_a_rep_shows_restricted_objects_no_more(
    chat: Chat, database: Database, tenants: tuple[int, int], changed: dict[str, list[str]], stays: bool
) -> None:
    add_sales_rep(database, tenants[0])
    chat.submit("rule.save", WINS)
    rule = str(rule_of(database, tenants[0], "Big wins").id)
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
    for event in ("deal.stalled", "activity.overdue", "lead.scored"):
        assert not form.has(event)
    assert form.has("deal.won")


def test_a_rule_of_a_file_that_names_such_an_event_keeps_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenants[0])).one()
        rule.event_types = ["deal.stalled"]
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.values()["on"] == ["deal.stalled"]
    assert chat.submit(**form.buttons()["Save"], inputs=form.values()).how == "update"
    assert rule_of(database, tenants[0]).event_types == ["deal.stalled"]


def test_the_later_save_is_told_what_changed_meanwhile_and_keeps_its_input(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    chat.submit("rule.save", WINS)
    rule = str(rule_of(database, tenants[0], "Big wins").id)
    mine = chat.open("rule.edit", rule=rule)
    chat.user = CLEO
    theirs = chat.open("rule.edit", rule=rule)
    chat.submit(**theirs.buttons()["Save"], inputs={**theirs.values(), "value1": ["50000"]})
    chat.user = ADA
    typed = {**mine.values(), "value2": ["EUR"]}
    told = chat.submit(**mine.buttons()["Save"], inputs=typed)
    assert told.how == "dialog"
    assert told.has("cleo@acme.test changed this rule while you edited it")
    assert told.has("Value is at least 50,000")
    assert not told.has("Post to “Deals”")
    assert {key: value for key, value in told.values().items() if value} == {
        key: value for key, value in typed.items() if value
    }
    stored: Any = rule_of(database, tenants[0], "Big wins")
    assert stored.conditions["all"][0]["value"] == 50000
    assert chat.submit(**told.buttons()["Save"], inputs=told.values()).how == "update"
    stored = rule_of(database, tenants[0], "Big wins")
    assert stored.conditions["all"][0]["value"] == 10000


def test_switching_a_rule_off_meanwhile_is_no_conflict(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    form = chat.open("rule.edit", rule=str(rule_of(database, tenants[0]).id))
    chat.say("rule off wins")
    assert chat.submit(**form.buttons()["Save"], inputs={**form.values(), "urgent": ["yes"]}).how == "update"
    stored = rule_of(database, tenants[0])
    assert (stored.is_enabled, stored.is_urgent) == (False, True)


def test_a_dialog_of_an_older_version_still_saves(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    form = chat.open("rule.edit", rule=str(rule.id))
    assert chat.submit("rule.save", {**form.values(), "urgent": ["yes"]}, rule=str(rule.id)).how == "update"
    assert rule_of(database, tenants[0]).is_urgent


def test_a_rule_deleted_while_it_is_edited_can_be_saved_as_a_new_one(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = str(rule_of(database, tenants[0]).id)
    form = chat.open("rule.edit", rule=rule)
    chat.submit("rule.remove", {}, rule=rule)
    typed = {**form.values(), "field1": ["value"], "op1": ["at_least"], "value1": ["7000"]}
    told = chat.submit(**form.buttons()["Save"], inputs=typed)
    assert (told.how, told.title) == ("dialog", "New rule")
    assert told.has("“Wins of Acme” was deleted by ada@acme.test")
    assert told.values()["value1"] == ["7000"]
    assert chat.submit(**told.buttons()["Save"], inputs=told.values()).title == "Rule “Wins of Acme” saved"
    stored: Any = rule_of(database, tenants[0], "Wins of Acme")
    assert stored.conditions == {"field": "value", "op": "at_least", "value": 7000}
