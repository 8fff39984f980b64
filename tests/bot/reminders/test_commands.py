"""remind, reminders and holidays in Chat: by words, in the dialog, on the card, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.reminders import buttons, dialogs
from bot.reminders.form import MOMENTS
from models.database.engine import Database
from models.stalled.track import packed
from models.tables import DurableWait, PipedriveUser, User
from models.tables.stalled import TrackedObject
from tests.chat import ADA, BOB, BOLTS, CLEO, Chat, add_sales_rep
from tests.models.rows import add

FRIDAY = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # 10:30 in Prague, where the people are


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("show", "form", "holidays"):
        monkeypatch.setattr(f"bot.reminders.{module}.now", lambda: FRIDAY)


def all_waits(database: Database) -> list[DurableWait]:
    with database.reading_all() as session:
        return list(session.scalars(select(DurableWait).order_by(DurableWait.id)))


def track(database: Database, tenant_id: int, permitted: list[str] | None = None) -> None:
    row = TrackedObject(tenant_id=tenant_id, entity="deal", object_id="42", is_open=True)
    row.changed_at = row.heard_at = FRIDAY
    row.state = packed("deal", {"title": "Lamps for Acme", "status": "open"}, permitted)
    add(database, row)


def test_words_set_a_reminder_and_the_list_cancels_it(chat: Chat, database: Database) -> None:
    reply = chat.say("remind me tomorrow 09:00 call Jana")

    (made,) = all_waits(database)
    assert made.due_at == datetime(2026, 11, 28, 8, tzinfo=UTC)
    assert made.details == {"words": "call Jana"}
    assert reply.title.startswith("You are reminded: Sat, Nov 28, 9:00")
    assert reply.viewer == ADA["name"]

    listed = chat.say("reminders")
    assert listed.has("call Jana")
    gone = chat.click(**listed.buttons()["Cancel"])
    assert gone.has("Cancelled: call Jana")
    assert all_waits(database)[0].state == "cancelled"
    assert chat.say("reminders").has("You are reminded of nothing")


def test_a_repeat_of_the_same_words_is_one_reminder(chat: Chat, database: Database) -> None:
    for _ in range(2):
        chat.send(
            "MESSAGE",
            "appCommandPayload",
            message={"name": "spaces/ACME/messages/7", "text": "/pipenotify remind 2h x", "sender": ADA,
                     "argumentText": " remind 2h x", "slashCommand": {"commandId": "1"}},
            appCommandMetadata={"appCommandId": 1, "appCommandType": "SLASH_COMMAND"},
            at="2026-11-20T10:00:00.000001Z",
        )  # fmt: skip

    assert len(all_waits(database)) == 1


@pytest.mark.parametrize("words", ["remind", "remind soon call", "remind tomorrow"])
def test_what_is_missing_is_said(chat: Chat, database: Database, words: str) -> None:
    reply = chat.say(words)

    assert reply.has("When?") or reply.has("What is it about?")
    assert all_waits(database) == []


def test_a_deal_is_reminded_of_from_its_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    track(database, tenants[0])
    shown = chat.say("deal 42")
    form = chat.open(**shown.buttons()["Remind me"])
    assert form.has("Lamps for Acme")
    assert form.values()["unless"] == ["closed"]

    closed = chat.submit(
        **form.buttons()["Save"], inputs={"when": ["mon 09:00"], "unless": ["changed"], "hours": ["yes"]}
    )

    (made,) = all_waits(database)
    assert made.due_at == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert (made.entity, made.object_id, made.ends_if, made.in_hours) == ("deal", "42", "changed", True)
    assert closed.how == "close"
    assert chat.say("reminders").has("only if nobody changes it until then")


def test_a_deal_that_one_may_not_see_is_not_reminded_of(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    track(database, tenants[0], ["8"])
    add(database, *(PipedriveUser(tenant_id=tenants[0], pipedrive_id=each) for each in ("7", "8")))
    inputs = {"when": ["tomorrow 09:00"]}

    for reply in (chat.open("reminder.new", deal="42"), chat.submit("reminder.save", inputs, deal="42")):
        assert not reply.has("Lamps")
    assert all_waits(database) == []


def test_a_form_that_cannot_be_read_is_shown_again(chat: Chat, database: Database) -> None:
    inputs = {"when": ["other"], "day": ["x"], "words": ["call"]}

    again = chat.submit("reminder.save", inputs)

    assert again.how == "dialog"
    assert again.has("This day cannot be read")
    assert again.values()["words"] == ["call"]
    assert set(MOMENTS) >= {"other"}
    assert all_waits(database) == []


def test_a_day_and_time_that_were_chosen_are_taken(chat: Chat, database: Database) -> None:
    day = int(datetime(2026, 12, 24, tzinfo=UTC).timestamp() * 1000)

    chat.submit("reminder.save", {"when": ["other"], "day": [str(day)], "time": ["14:15"], "words": ["x"]})

    assert [each.due_at for each in all_waits(database)] == [datetime(2026, 12, 24, 13, 15, tzinfo=UTC)]
    assert dialogs.__doc__
    assert buttons.__doc__


def test_a_reminder_is_put_off_from_its_card(chat: Chat, database: Database) -> None:
    chat.say("remind 2h call Jana")
    (first,) = all_waits(database)

    replies = [chat.click("reminder.again", wait=str(first.id), when="tomorrow") for _ in range(2)]

    assert all(each.has("call Jana") for each in replies)
    assert [each.due_at for each in all_waits(database)][1:] == [datetime(2026, 11, 28, 8, tzinfo=UTC)]


def test_nobody_sees_or_cancels_those_of_others(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    chat.say("remind 2h secret plan")
    (mine,) = all_waits(database)
    cleo = Chat(chat.deps, chat.dialect, CLEO, chat.space)
    bob = Chat(chat.deps, chat.dialect, BOB, BOLTS)

    for other in (cleo, bob):
        assert not other.say("reminders").has("secret plan")
        other.click("reminder.cancel", wait=str(mine.id))
        other.click("reminder.again", wait=str(mine.id), when="1h")

    assert [each.state for each in all_waits(database)] == ["waiting"]


def test_the_list_has_pages(chat: Chat, database: Database) -> None:
    with database.reading_all() as session:
        ada = session.scalars(select(User).where(User.email == ADA["email"])).one()
    rows = [
        DurableWait(tenant_id=ada.tenant_id, user_id=ada.id, action="remind", key=str(number), due_at=FRIDAY)
        for number in range(12)
    ]
    for number, row in enumerate(rows):
        row.details = {"words": f"thing {number}!"}
    add(database, *rows)

    first = chat.say("reminder list")
    second = chat.click(**first.buttons()["Next"])

    assert (first.has("thing 0!"), first.has("thing 11!")) == (True, False)
    assert (second.has("thing 0!"), second.has("thing 11!")) == (False, True)


def test_days_off_are_added_and_removed_by_words(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO, chat.space)

    added = chat.say("holiday add 2026-12-24 to 2026-12-26 team Christmas")
    assert added.has("Dec 24, 2026 to Dec 26, 2026")
    assert cleo.say("holidays").has("Christmas")
    assert cleo.say("holidays").buttons() == {}
    assert "You may not" in cleo.say("holiday add 2026-12-31 team").title
    cleo.say("holiday add tomorrow me")
    assert not chat.say("holidays").has("Nov 28")

    removed = chat.click(**chat.say("holidays").buttons()["Remove"])
    assert removed.has("Removed: Dec 24")
    assert not cleo.say("holidays").has("Christmas")
