"""The dialog keeps Chat's limits and everything typed, whatever is in the account and in the form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.dialog.condition_rows import MOST_ROWS
from models.database.engine import Database
from models.tables.connections import KnownName
from tests.bot.rules.test_dialogs import WINS
from tests.chat import EVE, Chat, rule_of

LIMIT = 32_000


@pytest.fixture
def many_fields(database: Database, tenants: tuple[int, int]) -> None:
    """500 custom fields with long names, 150 stages and 300 people."""
    with database.writing(tenants[0]) as session:
        for number in range(500):
            more = {"kind": "choice", "options": {str(n): f"Option {n} of {number}" for n in range(40)}}
            text = f"Erwartetes Budget für das Geschäftsjahr, Feld {number:03}"
            session.add(
                KnownName(tenant_id=tenants[0], kind="deal_field", key=f"{number:040x}", text=text, more=more)
            )
        for kind, count in (("stage", 150), ("user", 300), ("deal_label", 120)):
            for number in range(count):
                session.add(
                    KnownName(
                        tenant_id=tenants[0],
                        kind=kind,
                        key=str(number),
                        text=f"{kind} Größe {number:03}",
                        more={},
                    )
                )


def size(card: dict[str, Any]) -> tuple[int, int]:
    widgets = sum(len(section["widgets"]) for section in card["sections"])
    return len(json.dumps(card)), widgets


@pytest.mark.usefixtures("many_fields")
def test_five_hundred_custom_fields_are_searched_and_the_rule_is_saved(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    form = chat.open("rule.new")
    assert size(form.card)[0] <= LIMIT
    assert form.values()["to"] == ["spaces/ACME"]
    assert set(form.buttons()) >= {"Save", "Save and test", "field1", "on"}
    source = _source(form.card, "field1")
    found = chat.search("feld 317", **source)
    name = "Erwartetes Budget für das Geschäftsjahr, Feld 317"
    assert found.options == ((f"custom.{name}", name),)

    chosen = {**form.values(), "field1": [found.options[0][0]]}
    drawn = chat.submit(**form.buttons()["field1"], inputs=chosen)
    assert size(drawn.card)[0] <= LIMIT
    assert drawn.values()["field1"] == [f"custom.{name}"]
    assert drawn.values()["op1"] == ["is"]
    filled = {**drawn.values(), "value1": ["Option 7 of 317"], "name": ["Far down"]}
    assert chat.submit(**drawn.buttons()["Save"], inputs=filled).title == "Rule “Far down” saved"
    rule: Any = rule_of(database, tenants[0], "Far down")
    assert rule.conditions == {"field": f"custom.{name}", "op": "is", "value": "Option 7 of 317"}


def _source(card: dict[str, Any], name: str) -> dict[str, str]:
    """Return the parameters of the search of an input."""
    for section in card["sections"]:
        for widget in section["widgets"]:
            found = widget.get("selectionInput", {})
            if found.get("name") == name:
                return {each["key"]: each["value"] for each in found["externalDataSource"]["parameters"]}
    raise AssertionError(f"{name} does not search")


@pytest.mark.usefixtures("many_fields")
def test_values_of_a_long_list_are_searched(chat: Chat) -> None:
    inputs = {**WINS, "field1": ["stage"], "op1": ["in"], "value1": ["stage Größe 001", "stage Größe 149"]}
    drawn = chat.submit("rule.form", inputs, changed="to")
    assert drawn.values()["value1"] == ["stage Größe 001", "stage Größe 149"]
    found = chat.search("149", **_source(drawn.card, "value1"))
    assert [text for _, text in found.options] == ["stage Größe 149"]


@pytest.mark.usefixtures("many_fields")
def test_all_rows_with_long_lists_fit(chat: Chat) -> None:
    inputs = {"on": ["deal.won", "deal.lost"], "to": ["spaces/ACME"], "name": ["Ten"]}
    for number in range(1, MOST_ROWS + 1):
        inputs |= {f"field{number}": ["stage"], f"op{number}": ["in"], f"join{number}": ["or"]}
        inputs[f"value{number}"] = [f"stage Größe {n:03}" for n in range(5)]
    drawn = chat.submit("rule.form", inputs, changed="on")
    length, widgets = size(drawn.card)
    assert length <= LIMIT
    assert widgets <= 100
    assert drawn.values()[f"value{MOST_ROWS}"] == inputs[f"value{MOST_ROWS}"]
    assert drawn.values()["name"] == ["Ten"]
    assert chat.submit(**drawn.buttons()["Save"], inputs=drawn.values()).how == "update"


def test_rows_appear_as_they_are_needed(chat: Chat) -> None:
    form = chat.open("rule.new")
    assert {"field1"} == {name for name in form.values() if name[:-1] in ("field", "op", "value", "join")}
    first = chat.submit(**form.buttons()["field1"], inputs={**form.values(), "field1": ["value"]})
    assert {"op1", "value1", "currency1", "field2"} <= set(first.values())
    assert "join2" not in first.values()
    assert first.values()["op1"] == ["at_least"]
    filled = {**first.values(), "value1": ["10k"], "field2": ["stage"]}
    second = chat.submit(**first.buttons()["field2"], inputs=filled)
    assert second.values()["value1"] == ["10k"]
    assert {"join2", "op2", "value2", "field3"} <= set(second.values())
    cleared = {**second.values(), "field1": ["-"], "value1": []}
    third = chat.submit(**second.buttons()["field1"], inputs=cleared)
    assert third.values()["field1"] == ["stage"]
    assert third.values()["field2"] == ["-"]


def test_several_events_and_places_are_chosen_without_losing_the_first(chat: Chat) -> None:
    form = chat.open("rule.new")
    events = chat.submit(**form.buttons()["on"], inputs={**form.values(), "on": ["+"]})
    assert events.values()["on"] == ["deal.won"]
    both = {**events.values(), "on": ["deal.won", "deal.lost"], "to": ["+"]}
    places = chat.submit(**events.buttons()["to"], inputs=both)
    assert places.values()["on"] == ["deal.won", "deal.lost"]
    assert places.values()["to"] == ["spaces/ACME"]
    unfinished = chat.submit("rule.save", {**WINS, "on": ["+"]})
    assert unfinished.has("When: choose an event")


def test_a_group_that_rows_cannot_show_is_shown_in_words_and_can_be_removed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    big = {"field": "value", "op": "at_least", "value": 5}
    group = {"not": {"any": [big, {"field": "title", "op": "changed"}]}}
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        session.merge(rule).conditions = {"all": [big, group]}
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.has("not (Value is at least 5 in any currency or Title changed)")
    assert form.values()["value1"] == ["5"]
    chat.submit(**form.buttons()["Save"], inputs={**form.values(), "value1": ["6"]})
    assert rule_of(database, tenants[0]).conditions == {"all": [{**big, "value": 6}, group]}
    form = chat.open("rule.edit", rule=str(rule.id))
    chat.submit(**form.buttons()["Save"], inputs={**form.values(), "drop": ["1"]})
    assert rule_of(database, tenants[0]).conditions == {**big, "value": 6}


NAMES = [
    *("name", "on", "to", "template", "urgent", "drop"),
    *(f"{part}{n}" for part in ("field", "op", "value", "currency", "join") for n in (1, 2, 3, MOST_ROWS)),
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "value",
            "stage",
            "owner",
            "title",
            "custom.x",
            "at_least",
            "in",
            "changed",
            "deal.won",
            "*",
            "+",
            "-",
        ]
    ),
    # A long text is written short, so that the example of a failure can be read.
    st.builds(lambda text, times: text * times, st.sampled_from(["€", "x", "字, "]), st.just(12_000)),
)


@given(
    inputs=st.dictionaries(st.sampled_from(NAMES), st.lists(TEXTS, max_size=4)),
    changed=st.sampled_from(["", "on", "to", "field1", "op2", f"field{MOST_ROWS}"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_is_drawn_within_the_limits(chat: Chat, inputs: dict[str, list[str]], changed: str) -> None:
    for reply in (chat.submit("rule.form", inputs, changed=changed), chat.submit("rule.save", inputs)):
        length, widgets = size(reply.card)
        assert length <= LIMIT
        assert widgets <= 100
        assert reply.how == "dialog" or reply.title.startswith("Rule “")


@given(
    st.dictionaries(
        st.sampled_from(["of", "on", "field", "op"]),
        st.one_of(
            st.sampled_from(["field", "value", "to", "on", "stage", "is", "deal.won"]), st.text(max_size=9)
        ),
    ),
    st.text(max_size=20),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_search_is_answered_with_options(chat: Chat, asked: dict[str, str], query: str) -> None:
    assert chat.search(query, do="rule.find", **asked).how == "options"


def test_a_rule_made_in_a_direct_message_posts_there(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.space = {"name": "spaces/DM", "type": "DM", "singleUserBotDm": True}
    form = chat.open("rule.new")
    assert form.values()["to"] == ["ada@acme.test"]
    assert chat.submit(**form.buttons()["Save"], inputs=form.values()).title == "Rule “Deal won” saved"
    assert rule_of(database, tenants[0], "Deal won") is not None


def test_a_guest_is_offered_nothing(chat: Chat) -> None:
    chat.user = EVE
    found = chat.search("", do="rule.find", of="to")
    assert (found.how, found.options) == ("options", ())


def test_cards_of_one_deal_share_a_thread_where_the_rule_says_so(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.open("rule.new").values()["thread"] == ["none"]
    chat.submit("rule.save", {**WINS, "thread": ["deal"], "update": ["card"]})
    rule = rule_of(database, tenants[0], "Big wins")
    assert (rule.thread, rule.update_mode) == ("deal", "card")
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.values()["thread"] == ["deal"]
    assert form.values()["update"] == ["card"]
    chat.submit(**form.buttons()["Save"], inputs={**WINS, "urgent": []})  # a form without the choice keeps it
    again = rule_of(database, tenants[0], "Big wins")
    assert (again.thread, again.update_mode) == ("deal", "card")
    chat.submit("rule.save", {**WINS, "name": ["Odd"], "thread": ["week"]})
    assert rule_of(database, tenants[0], "Odd").thread == "none"


def test_the_dialog_asks_whom_cards_mention_and_the_rule_says_so(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.open("rule.new").values()["mention"] == ["none"]
    chat.submit("rule.save", {**WINS, "mention": ["owner"]})
    rule = rule_of(database, tenants[0], "Big wins")
    assert rule.mention == "owner"
    assert chat.say("rule show big wins").has("Mentions")
    form = chat.open("rule.edit", rule=str(rule.id))
    assert form.values()["mention"] == ["owner"]
    assert "and mentions the owner." in str(form.card)
