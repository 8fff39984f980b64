"""The dialogs of quiet hours and digests: times are picked, and nothing that was filled in is lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.attention.digest_form import DigestForm, schedule_of_form
from bot.attention.window_form import QuietForm, WindowRow, windows_of_form
from models.database.engine import Database
from models.errors import InvalidRequest
from models.tables import Digest, QuietHours
from tests.bot.company import REFUSED
from tests.chat import CLEO, DEALS, EVE, Chat, ParsedReply, add_sales_rep

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}
WEEK = ["mon", "tue", "wed", "thu", "fri"]
EVENINGS: dict[str, Any] = {
    "from1": ["19:00"],
    "until1": ["08:00"],
    "days1": WEEK,
    "timezone": ["europe/prague"],
    "urgent": ["yes"],
}


def stored(database: Database) -> list[tuple[Any, ...]]:
    with database.reading_all() as session:
        rows = session.scalars(select(QuietHours).order_by(QuietHours.id))
        return [
            (row.scope, row.starts, row.ends, list(row.days), row.timezone, row.lets_urgent_through)
            for row in rows
        ]


def press(chat: Chat, reply: ParsedReply, button: str, inputs: dict[str, list[str]]) -> ParsedReply:
    parameters = dict(reply.buttons()[button])
    return chat.submit(parameters.pop("do"), inputs, **parameters)


def test_quiet_offers_what_one_may_do(chat: Chat) -> None:
    first = chat.say("quiet").buttons()
    assert first["Set quiet hours"] == {"do": "quiet.open", "where": "here"}
    assert {"Me", "Team"} < set(first)
    chat.say("quiet set 19:00-08:00")
    assert {"Change", "Add a window", "Off"} < set(chat.say("quiet").buttons())


def test_a_sales_rep_changes_only_their_own(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0])
    rep = Chat(chat.deps, chat.dialect, CLEO)
    assert not {"Set quiet hours", "Change", "Off"} & set(rep.say("quiet").buttons())
    assert "Set a digest" not in rep.say("digest").buttons()
    for do in ("quiet.open", "digest.open"):
        assert rep.open(do, where="here").title == REFUSED
        assert rep.open(do, where="me").title != REFUSED
    rep.submit("quiet.save", EVENINGS, where="team", rows="1")
    rep.submit("digest.save", {"every": ["daily"]}, where="here")
    assert stored(database) == []


def test_a_guest_opens_nothing(chat: Chat) -> None:
    guest = Chat(chat.deps, chat.dialect, EVE, DEALS)
    for do in ("quiet.open", "digest.open"):
        assert guest.open(do, where="me").title == REFUSED


@pytest.mark.parametrize(("where", "scope"), [("here", "space"), ("me", "user"), ("team", "tenant")])
def test_saving_sets_the_hours_of_the_place(chat: Chat, database: Database, where: str, scope: str) -> None:
    opened = chat.open("quiet.open", where=where)
    assert opened.values()["days1"] == WEEK
    reply = press(chat, opened, "Save", EVENINGS)
    assert reply.has("Quiet hours are set")
    assert stored(database) == [(scope, "19:00", "08:00", WEEK, "Europe/Prague", True)]


def test_what_is_set_is_shown_again_and_a_window_is_added(chat: Chat, database: Database) -> None:
    press(chat, chat.open("quiet.open", where="here"), "Save", {**EVENINGS, "urgent": []})
    again = chat.open("quiet.open", where="here", add="yes")
    shown = again.values()
    assert (shown["from1"], shown["until1"], shown["urgent"]) == (["19:00"], ["08:00"], [])
    assert shown["timezone"] == ["Europe/Prague"]
    lunch = {"whole2": ["yes"], "days2": ["sat", "sun"]}
    press(chat, again, "Save", {**shown, **lunch, "urgent": ["yes"]})
    assert [each[1:4] for each in stored(database)] == [
        ("19:00", "08:00", WEEK),
        ("00:00", "00:00", ["sat", "sun"]),
    ]
    assert chat.open("quiet.open", where="here").values()["whole2"] == ["yes"]


def test_another_window_keeps_what_was_typed(chat: Chat) -> None:
    opened = chat.open("quiet.open", where="here")
    more = press(chat, opened, "Add a window", {**EVENINGS, "days1": ["sun"]})
    shown = more.values()
    assert (shown["from1"], shown["days1"], shown["timezone"]) == (["19:00"], ["sun"], ["europe/prague"])
    assert shown["from2"] == []
    for _ in range(12):
        more = chat.submit("quiet.form", shown, where="here", rows="10")
    assert "Add a window" not in more.buttons()


def test_a_window_without_times_is_dropped(chat: Chat, database: Database) -> None:
    two = {**EVENINGS, "from2": ["12:00"], "until2": ["13:00"], "days2": WEEK}
    chat.submit("quiet.save", two, where="here", rows="2")
    assert len(stored(database)) == 2
    chat.submit("quiet.save", {**two, "from1": [], "until1": []}, where="here", rows="2")
    assert [each[1:3] for each in stored(database)] == [("12:00", "13:00")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"until1": []}, "Window 1: until when?"),
        ({"from1": []}, "Window 1: from when?"),
        ({"days1": []}, "Window 1: on which days?"),
        ({"until1": ["19:00"]}, "It has to end at another time"),
        ({"timezone": ["Prague"]}, "There is no zone “Prague”."),
        ({"from1": [], "until1": []}, "From when until when?"),
    ],
)
def test_what_is_refused_is_shown_with_all_that_was_filled_in(
    chat: Chat, database: Database, change: dict[str, list[str]], words: str
) -> None:
    filled = {**EVENINGS, **change}
    reply = chat.submit("quiet.save", filled, where="here", rows="1")
    assert reply.how == "dialog"
    assert reply.has(words)
    assert {key: value for key, value in reply.values().items() if key in filled} == filled
    assert stored(database) == []


def test_windows_of_several_zones_say_so(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    chat.say("quiet set 19:00-08:00 12:00-13:00")
    with database.writing(tenants[0]) as session:
        session.scalars(select(QuietHours)).first().timezone = "Asia/Tokyo"  # type: ignore[union-attr]
    assert chat.open("quiet.open", where="here").has("several zones")


def test_off_ends_them_from_the_card(chat: Chat, database: Database) -> None:
    chat.say("quiet set 19:00-08:00")
    parameters = dict(chat.say("quiet").buttons()["Off"])
    reply = chat.click(parameters.pop("do"), **parameters)
    assert (reply.how, stored(database)) == ("update", [])
    assert reply.has("Removed; what was held there leaves now")


def test_a_whole_day_needs_no_times() -> None:
    (made,) = windows_of_form(QuietForm([WindowRow(days=("sun",), is_whole=True)]))
    assert (made.starts, made.ends, made.days) == ("00:00", "00:00", ("sun",))
    with pytest.raises(InvalidRequest):
        windows_of_form(QuietForm([WindowRow(days=(), is_whole=True)]))


@pytest.mark.parametrize("form", [DigestForm("off"), DigestForm("never"), DigestForm("daily", "25:00")])
def test_a_digest_that_no_form_offers_is_refused(form: DigestForm) -> None:
    with pytest.raises(InvalidRequest):
        schedule_of_form(form)


def digest(database: Database) -> list[tuple[Any, ...]]:
    with database.reading_all() as session:
        query = select(Digest).where(Digest.closed_at.is_(None)).order_by(Digest.id)
        return [(each.scope, each.every, each.clock, each.day) for each in session.scalars(query)]


def test_a_digest_is_set_changed_and_ended_by_buttons(chat: Chat, database: Database) -> None:
    opened = chat.open("digest.open", where="here")
    assert opened.values() == {"every": ["daily"], "clock": ["09:00"], "day": ["mon"]}
    weekly = {"every": ["weekly"], "clock": ["07:30"], "day": ["fri"]}
    assert press(chat, opened, "Save", weekly).has("The digest is set")
    assert digest(database) == [("space", "weekly", "07:30", "fri")]
    assert chat.open("digest.open", where="here").values() == weekly
    parameters = dict(chat.say("digest").buttons()["Off"])
    assert chat.click(parameters.pop("do"), **parameters).has("Switched off")
    assert digest(database) == []


def test_a_digest_that_is_refused_keeps_what_was_chosen(chat: Chat, database: Database) -> None:
    wrong = {"every": ["daily"], "clock": ["25:00"], "day": ["fri"]}
    reply = chat.submit("digest.save", {**wrong, "every": ["never"], "clock": ["07:30"]}, where="me")
    assert reply.how == "dialog"
    assert reply.values()["clock"] == ["07:30"]
    assert digest(database) == []


def test_the_digest_card_leads_to_the_other_place(chat: Chat) -> None:
    assert chat.say("digest").buttons()["Me"] == {"do": "digest.show", "where": "me"}
    assert chat.click("digest.show", where="me").buttons()["Here"] == {"do": "digest.show", "where": "here"}
    assert "Here" not in Chat(chat.deps, chat.dialect, space=DM).say("digest").buttons()


def test_quick_command_4_leads_to_both(chat: Chat) -> None:
    opened = chat.quick(4, opens_dialog=True)
    assert press(chat, opened, "Quiet hours", {}).title == "Quiet hours of this space"
    assert press(chat, opened, "Digest", {}).title == "Digest of this space"
