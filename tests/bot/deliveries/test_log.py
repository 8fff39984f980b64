from datetime import timedelta

import orjson
import pytest
from sqlalchemy import update

from models.clock import now
from models.database.engine import Database
from models.tables import Delivery, Event, PipedriveUser
from tests.bot.logged import create_deliveries, event_of
from tests.chat import ADA, DEALS, Chat


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"state": "pending", "attempts": 0}, "On its way · Deals"),
        ({"state": "pending", "attempts": 2, "next_attempt_at": "soon"}, "On its way, next try in 1 hour"),
        ({"state": "sending"}, "Being sent · Deals"),
        ({"state": "held", "next_attempt_at": "soon"}, "Held, leaves in 1 hour"),
        ({"state": "digested"}, "In a digest"),
        ({"state": "delivered"}, "Sent · Deals"),
        ({"state": "skipped"}, "Not sent · Deals"),
        ({"state": "dead"}, "Failed · Deals"),
    ],
)
def test_each_state_is_said_in_words(
    chat: Chat, database: Database, tenants: tuple[int, int], columns: dict[str, object], said: str
) -> None:
    if "next_attempt_at" in columns:
        columns = columns | {"next_attempt_at": now() + timedelta(hours=1, minutes=5)}
    create_deliveries(database, tenants[0], **columns)  # type: ignore[arg-type]
    assert chat.say("log").has(said)


def test_a_body_that_no_longer_reads_needs_notice_by_its_type(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    create_deliveries(database, tenants[0], event_type="", is_test=True, reason="test")
    reply = chat.say("log")
    assert reply.has("'Deal won'")
    assert reply.has("TEST · A test card")


@pytest.mark.parametrize("title", ["<users/all> *now*", "<b>x</b>", "\u202eevil", "&amp;", "😀" * 2000])
def test_titles_of_strangers_do_no_harm(
    chat: Chat, database: Database, tenants: tuple[int, int], title: str
) -> None:
    create_deliveries(
        database,
        tenants[0],
        event_id=event_of(database, tenants[0], title=title),
        reason=title,
        rule_name=title[:99],
    )
    reply = chat.say("log")
    assert not reply.has("<users/all>")
    assert reply.has("Deal won")


def test_a_notice_needs_notice_by_its_title(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(
        database, tenants[0], notice={"title": "Connect again", "words": "Soon."}, event_type="notice"
    )
    assert chat.say("log").has("Notice: Connect again")
    assert chat.say("status").has("0 sent, 0 held, 0 failed")


def test_a_notice_to_one_person_is_named_to_that_person_alone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(
        database, tenants[0], notice={"title": "A lead: Falcon", "words": "Soon."}, event_type="notice"
    )
    with database.writing(tenants[0]) as session:
        session.execute(update(Delivery).values(lane=f"dm:{ADA['email']}", destination_name=ADA["email"]))
    reply = chat.say("log")
    assert reply.has("A notice to one person")
    assert not reply.has("Falcon")
    chat.space = {"name": "spaces/DM1", "type": "DM"}
    assert chat.mention("log").has("Notice: A lead: Falcon")


def restricted_event(database: Database, tenant_id: int) -> int:
    """Store a won deal that one of two users may see."""
    number = event_of(database, tenant_id, title="Project Falcon")
    with database.writing(tenant_id) as session:
        event = session.get_one(Event, (tenant_id, number))
        body = orjson.loads(event.raw)
        body["meta"]["permitted_user_ids"] = ["1"]
        event.raw = orjson.dumps(body)
        users = [PipedriveUser(tenant_id=tenant_id, pipedrive_id=each) for each in ("1", "2")]
        session.add_all(users)
    return number


@pytest.mark.parametrize("where", [DEALS, {"name": "spaces/DM1", "type": "DM"}])
def test_the_log_says_no_more_than_the_card_did(
    chat: Chat, database: Database, tenants: tuple[int, int], where: dict[str, str]
) -> None:
    create_deliveries(
        database,
        tenants[0],
        event_id=restricted_event(database, tenants[0]),
        withheld="1 of 2 people may see it in Pipedrive",
    )
    chat.space = where
    reply = chat.mention("log")
    assert reply.has("A deal was won: withheld")
    assert not reply.has("Falcon")


def test_what_a_space_was_shown_is_in_its_own_log_alone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0], event_id=restricted_event(database, tenants[0]))
    assert chat.say("log").has("Project Falcon")
    chat.space = {"name": "spaces/DM1", "type": "DM"}
    assert not chat.mention("log").has("Falcon")


@pytest.mark.parametrize(
    ("words", "reason", "said"),
    [
        ("held", "held by quiet hours", "held by quiet hours"),
        ("digested", "", "In a digest"),
        ("skipped", "muted by ada@acme.test", "muted by ada@acme.test"),
        ("skipped", "the destination is paused: paused by Ben", "paused by Ben"),
        ("skipped", "this person may not see it in Pipedrive", "this person may not see it"),
    ],
)
def test_what_did_not_go_at_once_is_shown_with_its_reason(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str, reason: str, said: str
) -> None:
    create_deliveries(database, tenants[0], state="delivered", reason="")
    create_deliveries(database, tenants[0], state=words, reason=reason)
    reply = chat.say(f"log {words}")
    assert reply.has(said)
    assert not reply.has("Sent · ")
    assert str(reply.card).count("no. ") == 1


@pytest.mark.parametrize("words", ["digested", "skipped"])
def test_nothing_left_out_says_what_would_stand_there(
    chat: Chat, tenants: tuple[int, int], words: str
) -> None:
    assert tenants
    assert chat.say(f"log {words}").has("stands here" if words == "skipped" else "waits here")


def test_a_line_that_cannot_be_sent_again_explains_itself(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    event = event_of(database, tenants[0], title="Globex")
    create_deliveries(database, tenants[0], event_id=event, state="delivered", reason="")
    assert chat.click(**chat.say("log").buttons()["Why"]).title == "Why: Globex"
