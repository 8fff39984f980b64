"""quiet, quiet set, off and urgent, as they are typed, and the button that sends what is held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.attention.quiet_cards import days_text, urgent_text, window_text
from models.database.engine import Database
from models.destinations.quiet_hours import DAYS
from models.rules_file.dump import dump
from models.tables import Delivery, Destination, QuietHours, Tenant
from tests.chat import ADA, BOB, BOLTS, CLEO, EVE, Chat, add_sales_rep
from tests.models.rows import add

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}
EVENING = datetime(2026, 11, 27, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def evening(monkeypatch: pytest.MonkeyPatch, database: Database, tenants: tuple[int, int]) -> None:
    """Friday, 20:00 in London, whose clock is the team's; people are in Prague."""
    for module in ("bot.attention.quiet_show", "bot.attention.places"):
        monkeypatch.setattr(f"{module}.now", lambda: EVENING)
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants[0]).values(timezone="Europe/London"))


def stored(database: Database) -> list[tuple[Any, ...]]:
    with database.reading_all() as session:
        rows = session.scalars(select(QuietHours).order_by(QuietHours.id))
        return [(row.scope, row.starts, row.ends, row.timezone, row.lets_urgent_through) for row in rows]


@pytest.mark.parametrize(
    ("words", "in_dm", "window"),
    [
        ("quiet set 19:00-08:00", False, ("space", "19:00", "08:00", "Europe/London", True)),
        ("quiet set 19:00-08:00 team", False, ("tenant", "19:00", "08:00", "Europe/London", True)),
        ("quiet set 19:00-08:00 me", False, ("user", "19:00", "08:00", "Europe/Prague", True)),
        ("quiet set 19:00-08:00", True, ("user", "19:00", "08:00", "Europe/Prague", True)),
        (
            "quiet set 19:00-08:00 Asia/Tokyo mon-fri here",
            False,
            ("space", "19:00", "08:00", "Asia/Tokyo", True),
        ),
    ],
)
def test_quiet_hours_are_set_for_the_place_by_its_clock(
    chat: Chat, database: Database, words: str, in_dm: bool, window: tuple[Any, ...]
) -> None:
    asking = Chat(chat.deps, chat.dialect, space=DM) if in_dm else chat
    reply = asking.say(words)
    assert stored(database) == [window]
    assert reply.has("Quiet hours are set")
    assert reply.viewer == (None if in_dm else ADA["name"])


def test_the_answer_says_what_holds_now(chat: Chat) -> None:
    reply = chat.say("quiet set 19:00-08:00 mon-fri")
    assert reply.title == "Quiet hours of this space"
    for text in (
        "7:00 PM to 8:00 AM, Mon to Fri, Europe/London",
        "Quiet now, until Sat, Nov 28, 8:00 AM",
        "all the same",
    ):
        assert reply.has(text), text


def test_dump_shows_windows_that_were_set_from_chat(chat: Chat, database: Database) -> None:
    chat.say("quiet set 19:00-08:00 mon-fri me")
    text = dump(database, chat.deps.vault, "Acme", with_secrets=False)
    assert "scope: user" in text
    assert ADA["email"] in text.partition("quiet_hours")[2]
    assert "let_urgent_through: true" in text


def test_quiet_shows_whose_hours_decide(chat: Chat) -> None:
    assert chat.say("quiet").has("None are set")
    chat.say("quiet set 19:00-08:00 team")
    shown = chat.say("quiet show here")
    assert shown.has("None of its own. Those of the whole team hold: 7:00 PM to 8:00 AM, every day")
    assert shown.has("Quiet now")
    assert chat.say("quiet team").title == "Quiet hours of the whole team"
    assert chat.say("quiet me").title == "Quiet hours of your direct messages"


def test_urgent_is_switched_where_there_is_a_window(chat: Chat, database: Database) -> None:
    assert chat.say("quiet urgent on").has("There are no quiet hours here")
    chat.say("quiet set 19:00-08:00")
    assert chat.say("quiet urgent off").has("Urgent cards are held too")
    assert [each[-1] for each in stored(database)] == [False]
    assert chat.say("quiet urgent on here").has("Urgent cards pass these quiet hours")
    assert chat.say("quiet urgent maybe").has("quiet urgent on")


def test_off_removes_the_windows_of_the_place(chat: Chat, database: Database) -> None:
    chat.say("quiet set 19:00-08:00 12:00-13:00")
    chat.say("quiet set 19:00-08:00 team")
    assert chat.say("quiet off").has("Removed; what was held there leaves now")
    assert [each[0] for each in stored(database)] == ["tenant"]
    assert chat.say("quiet off").has("There were none to remove")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("quiet set", "From when until when"),
        ("quiet set 19:00-08:00 everywhere", "Say here, me or team"),
        ("quiet set 25-8", "Say"),
        ("quiet banana", "Say here, me or team"),
    ],
)
def test_what_cannot_be_read_is_explained(chat: Chat, database: Database, words: str, hint: str) -> None:
    assert chat.say(words).has(hint)
    assert stored(database) == []


def test_a_sales_rep_sets_only_their_own(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0])
    rep = Chat(chat.deps, chat.dialect, CLEO)
    for words in ("quiet set 19:00-08:00", "quiet set 19:00-08:00 team", "quiet off", "quiet urgent on"):
        assert rep.say(words).has("Please ask"), words
    assert stored(database) == []
    assert rep.say("quiet set 19:00-08:00 me").has("Quiet hours are set")


def test_a_guest_sets_and_sees_none(chat: Chat, database: Database) -> None:
    guest = Chat(chat.deps, chat.dialect, EVE)
    for words in ("quiet", "quiet set 19:00-08:00 me", "quiet off"):
        assert guest.say(words).has("ada@acme.test"), words
    assert stored(database) == []


def test_another_team_sees_no_window_of_ours(chat: Chat, database: Database) -> None:
    chat.say("quiet set 19:00-08:00 team")
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS)
    assert theirs.say("quiet team").has("None are set")
    assert theirs.say("quiet off team").has("There were none")
    assert len(stored(database)) == 1


def test_what_is_held_is_shown_with_its_reason_and_sent_by_a_button(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.reading(tenants[0]) as session:
        to = session.scalars(select(Destination).where(Destination.tenant_id == tenants[0])).one()
    usual: dict[str, Any] = {
        "destination_id": to.id,
        "lane": to.lane,
        "state": "held",
        "next_attempt_at": EVENING,
    }
    add(database, *(Delivery(tenant_id=tenants[0], **usual) for _ in range(2)))

    shown = chat.say("quiet")
    assert shown.has("2 cards")
    assert shown.has("held by quiet hours, until 8:00 PM")
    press = shown.buttons()["Send now"]
    sent = chat.click(press.pop("do"), **press)

    assert (sent.how, sent.wake_worker) == ("update", True)
    assert sent.has("2 cards on the way")
    assert "Send now" not in sent.buttons()
    with database.reading_all() as session:
        assert set(session.scalars(select(Delivery.state))) == {"pending"}
    assert chat.click("quiet.send", where="here").has("Nothing is held")


def test_the_button_of_another_place_shows_that_place(chat: Chat) -> None:
    assert chat.say("quiet").buttons()["Team"] == {"do": "quiet.show", "where": "team"}
    assert chat.click("quiet.show", where="team").title == "Quiet hours of the whole team"
    assert chat.click("quiet.show").title == "Quiet hours of this space"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (DAYS, "every day"),
        (DAYS[:5], "Mon to Fri"),
        (DAYS[5:], "Sat, Sun"),
        (("mon", "wed", "fri"), "Mon, Wed, Fri"),
    ],
)
def test_days_are_said_shortly(days: tuple[str, ...], text: str) -> None:
    assert days_text(days) == text


def test_a_whole_day_is_said_so() -> None:
    window = QuietHours(starts="00:00", ends="00:00", days=["sun"], timezone="UTC")
    assert window_text(window, "en") == "All day, Sun, UTC"


def test_urgent_cards_may_pass_only_some_windows() -> None:
    both = [QuietHours(lets_urgent_through=each) for each in (True, False)]
    assert urgent_text(both) == "are sent in some of these hours"
