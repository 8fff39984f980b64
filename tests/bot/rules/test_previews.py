"""`rule test`: a real event drawn in private, chosen by the person, then posted as a test."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, Event, PipedriveUser, Rule, Template
from tests.bot.rules.test_backtests import add_wins
from tests.chat import Chat, rule_of


def test_the_newest_event_that_fits_is_drawn_for_the_person_alone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_wins(database, tenants[0], ("Older", 2), ("Newest", 1))
    reply = chat.say("rule test wins")

    assert (reply.title, reply.viewer, reply.wake_worker) == ("TEST · Newest", "users/1", False)
    assert reply.has("Only you see this. It is the newest event that fits, ")
    assert reply.has("it goes to Deals at once, marked TEST.")


def test_another_event_can_be_chosen_and_is_the_one_that_is_posted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_wins(database, tenants[0], ("Older", 2), ("Newest", 1))
    rule = str(rule_of(database, tenants[0]).id)
    with database.reading_all() as session:
        older = session.scalars(select(Event.id).where(Event.source_key.like("%Older"))).one()

    chosen = chat.submit("rule.preview", {"event": [str(older)]}, rule=rule)
    posted = chat.click(**chosen.buttons()["Post it"])

    assert chosen.title == "TEST · Older"
    assert posted.title == "1 test card on the way to Deals"
    with database.reading_all() as session:
        (sent,) = session.execute(select(Event.raw).join(Delivery, Delivery.event_id == Event.id)).scalars()
    assert orjson.loads(sent)["data"]["title"] == "Older"


def test_without_an_event_a_made_up_one_is_drawn_and_said(chat: Chat) -> None:
    reply = chat.say("rule test wins")
    assert reply.title == "TEST · Sample deal"
    assert reply.has("No stored event fits, so it is a made-up one.")


def test_a_restricted_object_is_neither_drawn_nor_posted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add_all(PipedriveUser(tenant_id=tenants[0], pipedrive_id=each) for each in ("1", "2"))
    add_wins(database, tenants[0], ("Secret", 1), permitted_user_ids=["1"])
    with database.reading_all() as session:
        secret = session.scalars(select(Event.id)).one()
    rule = str(rule_of(database, tenants[0]).id)

    assert not chat.say("rule test wins").has("Secret")
    assert not chat.submit("rule.preview", {"event": [str(secret)]}, rule=rule).has("Secret")
    chat.click("rule.test", rule=rule, event=str(secret))
    with database.reading_all() as session:
        (sent,) = session.execute(select(Event.raw).join(Delivery, Delivery.event_id == Event.id)).scalars()
    assert b"Secret" not in sent


def test_an_event_of_another_tenant_cannot_be_posted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_wins(database, tenants[1], ("Theirs", 1))
    with database.reading_all() as session:
        theirs = session.scalars(select(Event.id)).one()
    chat.click("rule.test", rule=str(rule_of(database, tenants[0]).id), event=str(theirs))
    with database.reading_all() as session:
        (sent,) = session.execute(select(Event.raw).join(Delivery, Delivery.event_id == Event.id)).scalars()
    assert b"Theirs" not in sent


@pytest.mark.parametrize(
    ("source", "says"), [("Hurra, {{ deal.title }}!", "Hurra, Newest!"), ("{{", "Newest")]
)
def test_the_look_of_the_rule_is_drawn(
    chat: Chat, database: Database, tenants: tuple[int, int], source: str, says: str
) -> None:
    add_wins(database, tenants[0], ("Newest", 1))
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        made = Template(tenant_id=tenants[0], name="Hurra", source=source)
        session.add(made)
        session.flush()
        stored = session.get_one(Rule, (tenants[0], rule.id))
        stored.look, stored.template_id = "custom", made.id
    assert chat.say("rule test wins").has(says)


def test_the_test_button_of_a_rule_opens_the_same_as_a_dialog(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_wins(database, tenants[0], ("Newest", 1))
    opened = chat.open(**chat.say("rule show wins").buttons()["Test"])
    assert (opened.how, opened.title) == ("dialog", "TEST · Newest")
