from datetime import timedelta

import pytest

from models.clock import now
from models.database import Database
from tests.bot.logged import event_of, owe
from tests.chat import Chat


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
    owe(database, tenants[0], **columns)  # type: ignore[arg-type]
    assert chat.say("log").has(said)


def test_a_body_that_no_longer_reads_is_told_by_its_type(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    owe(database, tenants[0])
    owe(database, tenants[0], event_type="", is_test=True, reason="test")
    heard = chat.say("log")
    assert heard.has("'Deal won'")
    assert heard.has("TEST · A test card")


@pytest.mark.parametrize("title", ["<users/all> *now*", "<b>x</b>", "\u202eevil", "&amp;", "😀" * 2000])
def test_titles_of_strangers_do_no_harm(
    chat: Chat, database: Database, tenants: tuple[int, int], title: str
) -> None:
    owe(
        database,
        tenants[0],
        event_id=event_of(database, tenants[0], title=title),
        reason=title,
        rule_name=title[:99],
    )
    heard = chat.say("log")
    assert not heard.has("<users/all>")
    assert heard.has("Deal won")


def test_a_notice_is_told_by_its_title(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    owe(database, tenants[0], notice={"title": "Connect again", "words": "Soon."}, event_type="notice")
    assert chat.say("log").has("Notice: Connect again")
    assert chat.say("status").has("0 sent, 0 held, 0 failed")
