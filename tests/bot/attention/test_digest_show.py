"""digest and digest now, as they are typed, and the button that sends what was gathered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.attention.digest_show import schedule_text
from models.attention.gathered import digest_key
from models.database.engine import Database
from models.tables import Delivery, Digest
from tests.chat import BOB, BOLTS, CLEO, EVE, Chat, add_sales_rep
from tests.models.rows import add, event

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}
FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # 10:30 in Prague, where people are


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("bot.attention.digest_show", "bot.attention.places"):
        monkeypatch.setattr(f"{module}.now", lambda: FRIDAY)


def issues(database: Database) -> list[Digest]:
    with database.reading_all() as session:
        return list(session.scalars(select(Digest).order_by(Digest.id)))


@pytest.mark.parametrize(
    ("words", "in_dm", "digest"),
    [
        ("digest hourly", False, ("space", "hourly", "UTC", datetime(2026, 11, 27, 10, tzinfo=UTC))),
        ("digest daily here", False, ("space", "daily", "UTC", datetime(2026, 11, 28, 9, tzinfo=UTC))),
        (
            "digest daily 09:00",
            True,
            ("user", "daily", "Europe/Prague", datetime(2026, 11, 28, 8, tzinfo=UTC)),
        ),
        (
            "digest weekly mon 09:00 me",
            False,
            ("user", "weekly", "Europe/Prague", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ),
    ],
)
def test_a_digest_is_set_for_the_place_by_its_clock(
    chat: Chat, database: Database, words: str, in_dm: bool, digest: tuple[Any, ...]
) -> None:
    reply = (Chat(chat.deps, chat.dialect, space=DM) if in_dm else chat).say(words)
    (found,) = issues(database)
    assert (found.scope, found.every, found.timezone, found.due_at) == digest
    assert reply.has("The digest is set")
    assert reply.viewer == (None if in_dm else chat.user["name"])


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("digest monthly", "How often?"),
        ("digest daily team", "say here or me"),
        ("digest daily 9:00 everywhere", "say here or me"),
        ("digest now", "There is no digest here"),
        ("digest off", "There was no digest"),
    ],
)
def test_what_cannot_be_done_is_explained(chat: Chat, database: Database, words: str, hint: str) -> None:
    assert chat.say(words).has(hint)
    assert issues(database) == []


def test_digest_alone_shows_it(chat: Chat) -> None:
    assert chat.say("digest").has("What is not urgent is gathered for one card at its time")
    chat.say("digest weekly mon 09:00")
    shown = chat.say("digest here")
    for text in ("Weekly, Mon at 9:00 AM", "next Mon, Nov 30, 9:00 AM", "0 cards"):
        assert shown.has(text), text


def gathered(chat: Chat, database: Database, tenant_id: int) -> None:
    chat.say("digest daily")
    (digest,) = issues(database)
    usual = {"tenant_id": tenant_id, "lane": "l", "state": "digested", "gathered_for": digest_key(digest.id)}
    for key in ("e1", "e2"):
        about = event(tenant_id, key)
        add(database, about)
        add(database, Delivery(**usual, event_id=about.id))


def test_what_is_gathered_is_sent_by_a_word_or_a_button(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    gathered(chat, database, tenants[0])
    shown = chat.say("digest")
    assert shown.has("2 cards")
    press = shown.buttons()["Send now"]
    sent = chat.click(press.pop("do"), **press)
    assert sent.how == "update"
    assert sent.has("One card with 2 events is on the way")
    first, following = issues(database)
    assert (first.closed_at, following.closed_at) == (FRIDAY, None)
    assert chat.say("digest now").has("Nothing was gathered yet")


def test_switched_off_it_says_what_comes(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    gathered(chat, database, tenants[0])
    assert chat.say("digest off").has("Switched off; what was gathered comes as one card now")
    (digest,) = issues(database)
    assert digest.closed_at == FRIDAY


def test_roles_guests_and_other_teams(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0])
    rep, guest = Chat(chat.deps, chat.dialect, CLEO), Chat(chat.deps, chat.dialect, EVE)
    assert rep.say("digest daily").has("Please ask")
    assert guest.say("digest daily me").has("Please ask")
    assert issues(database) == []
    assert rep.say("digest daily me").has("The digest is set")
    assert Chat(chat.deps, chat.dialect, BOB, BOLTS).say("digest").has("Each card comes by itself")


def test_an_hourly_digest_is_said_so() -> None:
    assert schedule_text(Digest(every="hourly", clock="09:00", day="mon"), "en") == "Every hour"
