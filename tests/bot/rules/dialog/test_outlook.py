"""The dialog says what the rule would have done with the events of the last days, and shows its card."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from models.clock import now
from models.database.engine import Database
from models.rules.sample_event import made_up_body
from models.tables import Event
from models.tables.connections import PipedriveUser
from models.tables.events import EventState
from models.tables.rules import Template
from tests.bot.rules.test_dialogs import WINS
from tests.chat import Chat, rule_of

ONLY_BIG = {
    "on": ["deal.won"],
    "field1": ["value"],
    "op1": ["at_least"],
    "value1": ["10k"],
    "to": ["spaces/ACME"],
}


def store(database: Database, tenant_id: int, *, days_ago: float = 1, **data: Any) -> None:
    """Store a won deal that a fan-out has read."""
    body = made_up_body("deal.won")
    body["data"] |= data
    with database.writing(tenant_id) as session:
        event = Event(
            tenant_id=tenant_id, source_key=f"v2-{data}", raw=orjson.dumps(body), state=EventState.DONE
        )
        event.event_type, event.received_at = "deal.won", now() - timedelta(days=days_ago)
        session.add(event)


def test_without_events_it_says_so_and_shows_a_made_up_card(chat: Chat) -> None:
    form = chat.open("rule.new")
    assert form.has("When a deal is won, a compact card goes to Deals.")
    assert form.has("Nothing came from Pipedrive in the last 7 days")
    assert form.has("The card, on a made-up event")
    assert form.has("Sample deal")


def test_it_counts_what_would_have_fired_and_what_just_missed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    store(database, tenants[0], title="Globex renewal", value=12_000)
    store(database, tenants[0], title="Initech pilot", value=9_500)
    store(database, tenants[0], title="Last month", value=50_000, days_ago=9)
    store(database, tenants[1], title="Of another team", value=50_000)
    drawn = chat.submit("rule.form", ONLY_BIG, changed="")
    assert drawn.has("Value is at least 10,000 in any currency, a compact card goes to Deals.")
    assert drawn.has("In the last 7 days: 1 card, 1 near miss.")
    assert drawn.has("Globex renewal")
    assert drawn.has("• Initech pilot: Value is at least 10,000, found 9,500")
    assert drawn.has("The card of a real event")
    assert not drawn.has("Last month")
    assert not drawn.has("Of another team")


def test_an_incomplete_condition_counts_nothing(chat: Chat) -> None:
    for value in ("1.000", "a lot", ""):
        drawn = chat.submit("rule.form", {**ONLY_BIG, "value1": [value]}, changed="")
        assert drawn.has("As soon as the conditions are complete")
        assert not drawn.has("In the last 7 days")


def test_what_the_reader_may_not_see_is_counted_and_not_shown(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        session.add_all(PipedriveUser(tenant_id=tenants[0], pipedrive_id=key, name=key) for key in "12")
    body = made_up_body("deal.won")
    body["data"]["title"] = "Secret takeover"
    body["meta"]["permitted_user_ids"] = ["1"]
    with database.writing(tenants[0]) as session:
        event = Event(tenant_id=tenants[0], source_key="v2-x", raw=orjson.dumps(body), state=EventState.DONE)
        event.event_type = "deal.won"
        session.add(event)
    form = chat.open("rule.new")
    assert form.has("In the last 7 days: 1 card")
    assert not form.has("Secret takeover")


def test_the_card_is_drawn_by_the_template_that_is_chosen(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        session.add(Template(tenant_id=tenants[0], name="Short", source="Hurray for {{ deal.title }}"))
        session.add(Template(tenant_id=tenants[0], name="Broken", source="{% if %}"))
    assert chat.submit("rule.form", {**ONLY_BIG, "template": ["Short"]}, changed="").has(
        "Hurray for Sample deal"
    )
    for strange in ("Broken", "Nobody has it"):
        assert chat.submit("rule.form", {**ONLY_BIG, "template": [strange]}, changed="").has("Sample deal")


def test_a_rule_that_is_edited_shows_its_own_template(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        stored = session.merge(rule)
        stored.look, stored.liquid = "custom", "Own words for {{ deal.title }}"
    assert chat.open("rule.edit", rule=str(rule.id)).has("Own words for Sample deal")


@pytest.mark.parametrize("event_type", ["note.created", "person.merged", "*", "stage.deleted"])
def test_every_event_has_a_card(chat: Chat, event_type: str) -> None:
    assert chat.submit(
        "rule.form", {**WINS, "on": [event_type], "field1": ["-"], "value1": []}, changed=""
    ).how
