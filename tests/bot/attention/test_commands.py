"""mute, unmute and mute list, as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.context import BotDeps
from models.clock import now
from models.database.engine import Database
from models.tables import Mute, MuteScope, Tenant
from tests.chat import ADA, BOB, BOLTS, CLEO, DEALS, EVE, NEW, Chat, ParsedReply, add_sales_rep, rule_of

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}
HOUR = timedelta(hours=1)
# Friday 10:30 in Prague, where the people are; 18:30 in Tokyo, where the team's clocks are.
FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
MONDAY_8_TOKYO = datetime(2026, 11, 29, 23, tzinfo=UTC)
MONDAY_8_PRAGUE = datetime(2026, 11, 30, 7, tzinfo=UTC)


def all_mutes(database: Database) -> list[Mute]:
    with database.reading_all() as session:
        return list(session.scalars(select(Mute).order_by(Mute.id)))


def only_mute(database: Database) -> Mute:
    (found,) = all_mutes(database)
    return found


@pytest.fixture
def friday(monkeypatch: pytest.MonkeyPatch, database: Database, tenants: tuple[int, int]) -> datetime:
    for module in ("bot.attention.show", "bot.attention.places"):
        monkeypatch.setattr(f"{module}.now", lambda: FRIDAY)
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants[0]).values(timezone="Asia/Tokyo"))
    return FRIDAY


def in_dm(chat: Chat) -> Chat:
    return Chat(chat.deps, chat.dialect, chat.user, DM)


def test_mute_mutes_this_space_for_the_asking_person_alone_to_see(chat: Chat, database: Database) -> None:
    reply = chat.say("mute 1h")

    made = only_mute(database)
    assert (made.scope, made.muted_by, made.user_id) == (MuteScope.SPACE, ADA["email"], None)
    assert abs(made.until - now() - HOUR) < timedelta(seconds=10)
    assert reply.title.startswith("Muted until ")
    assert reply.has("This space")
    assert reply.viewer == ADA["name"]


def test_mute_in_a_direct_message_mutes_oneself(chat: Chat, database: Database) -> None:
    for words in ("mute 1h", "mute 2h here", "mute 30m me"):
        in_dm(chat).say(words)
        made = only_mute(database)
        assert (made.scope, made.space_id) == (MuteScope.USER, None)


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        ("mute 4h here", MuteScope.SPACE),
        ("mute 30m me", MuteScope.USER),
        ("mute today all", MuteScope.TENANT),
        ("mute today team", MuteScope.TENANT),
        ("mute 1h rule Wins of Acme", MuteScope.RULE),
        ("mute 1h rule “wins of”", MuteScope.RULE),
        ("mute rule Wins of Acme 1h", MuteScope.RULE),
        ("mute here tomorrow", MuteScope.SPACE),
        ("mute 1h space Deals", MuteScope.SPACE),
        ("Mute UNTIL 15:00 Me", MuteScope.USER),
        ("mute for 2 hours", MuteScope.SPACE),
    ],
)
def test_the_place_is_what_the_words_say(
    chat: Chat, database: Database, words: str, scope: MuteScope
) -> None:
    reply = chat.say(words)
    assert only_mute(database).scope == scope, reply.card
    assert (only_mute(database).rule_id is not None) is (scope is MuteScope.RULE)


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("mute 30m", FRIDAY + HOUR / 2),
        ("mute today me", datetime(2026, 11, 27, 23, tzinfo=UTC)),
        ("mute today", datetime(2026, 11, 27, 15, tzinfo=UTC)),
        ("mute tomorrow me", MONDAY_8_PRAGUE),
        ("mute tomorrow", MONDAY_8_TOKYO),
        ("mute tomorrow all", MONDAY_8_TOKYO),
        ("mute until 19:00 here", datetime(2026, 11, 27, 10, tzinfo=UTC)),
        ("mute until 19:00 me", datetime(2026, 11, 27, 18, tzinfo=UTC)),
    ],
)
def test_times_go_by_the_persons_clock_for_oneself_and_by_the_teams_for_the_rest(
    chat: Chat, database: Database, friday: datetime, words: str, until: datetime
) -> None:
    chat.say(words)
    assert only_mute(database).until == until


def test_the_answer_says_until_when_by_that_clock(chat: Chat, friday: datetime) -> None:
    assert chat.say("mute until 19:00 me").title == "Muted until 7:00 PM"
    assert chat.say("mute tomorrow").title == "Muted until Mon, Nov 30, 8:00 AM"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("mute banana", "How long? Say one of: 30m, 1h, until 15:00, today, tomorrow."),
        ("mute 1h nowhere", "here, me, all, or rule and its name"),
        ("mute 1h rule Nothing", "There is no rule"),
        ("mute 99d", "A month is the longest"),
        ("mute until noon", "Until when?"),
    ],
)
def test_what_cannot_be_read_is_explained(chat: Chat, database: Database, words: str, hint: str) -> None:
    assert chat.say(words).has(hint)
    assert all_mutes(database) == []


def test_mute_alone_asks_for_how_long_with_a_button(chat: Chat) -> None:
    reply = chat.say("mute")
    assert reply.title == "For how long?"
    assert reply.buttons()["Mute"] == {"do": "mute.open"}


def test_a_newer_mute_replaces_the_older_one(chat: Chat, database: Database) -> None:
    chat.say("mute 4h")
    chat.say("mute 30m")
    assert only_mute(database).until < now() + HOUR


def test_the_list_says_what_is_muted_until_when_and_by_whom(chat: Chat, friday: datetime) -> None:
    assert chat.say("mute list").has("Nothing is muted")
    chat.say("mute 1h")
    chat.say("mute 2h rule Wins")
    chat.say("mute 3h me")

    listed = chat.say("mute list")

    for text in (
        "This space",
        "The rule “Wins of Acme”",
        "Your direct messages",
        "until 7:30 PM",
        ADA["email"],
    ):
        assert listed.has(text), text


def test_other_peoples_own_mutes_are_not_listed(chat: Chat, deps: BotDeps, tenants: tuple[int, int]) -> None:
    chat.say("mute 1h me")
    add_sales_rep(deps.database, tenants[0])
    assert Chat(deps, chat.dialect, CLEO).say("mute list").has("Nothing is muted")


def test_unmute_ends_the_mute_of_the_place(chat: Chat, database: Database) -> None:
    chat.say("mute 1h")
    chat.say("mute 1h me")

    reply = chat.say("unmute")

    assert reply.has("Unmuted: this space")
    assert reply.has("Your direct messages"), "what still holds is shown"
    here, me = all_mutes(database)
    assert here.until <= now() < me.until
    assert chat.say("unmute").has("Not muted: this space")
    assert chat.say("unmute me").has("Unmuted: your direct messages")


def test_a_sales_rep_mutes_here_for_four_hours_and_not_for_longer(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int], database: Database
) -> None:
    add_sales_rep(database, tenants[0])
    rep = Chat(deps, chat.dialect, CLEO)
    assert rep.say("mute 4h").title.startswith("Muted until")
    assert rep.say("mute 5h").has("up to 4 hours")
    assert rep.say("mute 1h all").has("Please ask")
    assert rep.say("mute 1h rule Wins of Acme").has("somebody else")
    assert len(all_mutes(database)) == 1


@pytest.mark.parametrize("role", ["analyst", "viewer"])
def test_who_only_reads_mutes_nothing_but_themselves(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int], database: Database, role: str
) -> None:
    add_sales_rep(database, tenants[0], CLEO, role)
    reader = Chat(deps, chat.dialect, CLEO)
    assert reader.say("mute 30m").has("Please ask")
    assert reader.say("mute 30m me").title.startswith("Muted until")
    assert only_mute(database).scope == MuteScope.USER


def test_a_guest_mutes_nothing(chat: Chat, deps: BotDeps, database: Database) -> None:
    guest = Chat(deps, chat.dialect, EVE, DEALS)
    for words in ("mute 1h", "mute 1h me", "unmute", "mute list"):
        assert guest.say(words).has("ada@acme.test"), words
    assert all_mutes(database) == []


def test_an_unlinked_space_cannot_be_muted(chat: Chat, deps: BotDeps, database: Database) -> None:
    Chat(deps, chat.dialect, ADA, NEW).say("mute 1h")
    assert all_mutes(database) == []


def test_another_team_sees_and_ends_no_mute_of_ours(chat: Chat, deps: BotDeps, database: Database) -> None:
    chat.say("mute 1h")
    made = only_mute(database)
    theirs = Chat(deps, chat.dialect, BOB, BOLTS)

    assert theirs.say("mute list").has("Nothing is muted")
    theirs.click("mute.end", mute=str(made.id))

    assert only_mute(database).until == made.until


def test_the_quick_command_opens_the_dialog(chat: Chat) -> None:
    reply: ParsedReply = chat.quick(4, opens_dialog=True)
    assert (reply.how, reply.title) == ("dialog", "Mute")


def test_the_rule_is_the_own_teams(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    chat.say("mute 1h rule Wins")
    assert only_mute(database).rule_id == rule_of(database, tenants[0]).id
