"""A mention in the thread of a record's card is written to Pipedrive, once for each message."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from models.database.engine import Database
from models.tables import CardAction, CardCopy, Delivery
from tests.bot.card_actions.conftest import connect
from tests.chat import ADA, BOB, CLEO, DEALS, EVE, Chat, ParsedReply, add_sales_rep
from tests.hostile import TITLES
from tests.models.acting import actions_of, body_of, deliver, due_copies_of

THREAD = f"{DEALS['name']}/threads/T1"


def begin_thread(database: Database, tenant_id: int, entity: str = "deal", **columns: Any) -> Delivery:
    """A card that began the thread T1 of the space Deals."""
    name = {"name": "Jana Novak"} if entity in ("person", "organization") else {}
    made = deliver(database, tenant_id, body_of(entity, **name), DEALS["name"], **columns)
    began = {"message_name": f"{DEALS['name']}/messages/T1.T1"}
    with database.writing_all() as session:
        session.execute(update(CardCopy).where(CardCopy.delivery_id == made.id).values(began))
    return made


def reply(chat: Chat, text: str, *, thread: str = THREAD, name: str = "", at: str = "") -> ParsedReply:
    """Mention the app in a thread."""
    message = {"name": name or f"{DEALS['name']}/messages/T1.{uuid4().hex}", "sender": chat.user}
    message |= {"text": f"@Pipenotify {text}", "argumentText": f" {text}", "thread": {"name": thread}}
    return chat.send("MESSAGE", "messagePayload", message=message, at=at)


@pytest.fixture
def thread(database: Database, tenants: tuple[int, int]) -> Delivery:
    return begin_thread(database, tenants[0])


@pytest.mark.parametrize("dialect", ["classic", "addon"])
def test_the_words_become_a_note_and_only_their_author_is_told(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int], dialect: str
) -> None:
    ada.dialect = dialect
    answer = reply(ada, "They want <b>10</b> more\nby May")

    assert (answer.how, answer.viewer) == ("message", ADA["name"])
    assert answer.title == "Your note on Globex renewal"
    assert answer.wake_worker
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.object_id, made.delivery_id) == ("deal.note", "7", thread.id)
    assert made.fields == {"content": "They want &lt;b&gt;10&lt;/b&gt; more<br>by May"}
    assert due_copies_of(database, tenants[0]) == [DEALS["name"]]


def test_words_with_a_kind_and_a_day_become_an_activity(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = reply(ada, "call Jana on 2026-12-04 10:00")

    assert answer.title == "Your activity “Call Jana” for Globex renewal"
    assert answer.has("Dec 4, 2026, 10:00")
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.delivery_id) == ("deal.activity", thread.id)
    assert made.fields == {
        "subject": "Call Jana",
        "type": "call",
        "due_date": "2026-12-04",
        "due_time": "09:00:00",
    }


@pytest.mark.parametrize("entity", ["lead", "person", "organization"])
def test_every_record_takes_notes(
    ada: Chat, database: Database, tenants: tuple[int, int], entity: str
) -> None:
    begin_thread(database, tenants[0], entity)
    reply(ada, "Asked for a demo")

    assert [each.do for each in actions_of(database, tenants[0])] == [f"{entity}.note"]


def test_one_message_is_written_once_and_an_edit_follows(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    name = f"{DEALS['name']}/messages/T1.M"
    for at in ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T10:00:05Z"):
        reply(ada, "First", name=name, at=at)
    assert [each.fields["content"] for each in actions_of(database, tenants[0])] == ["First"]

    reply(ada, "Second", name=name)
    assert [each.fields["content"] for each in actions_of(database, tenants[0])] == ["Second"]

    end(database, thread)
    reply(ada, "Third", name=name)
    reply(ada, "Third", name=name)
    reply(ada, "call Jana tomorrow", name=name)
    made = actions_of(database, tenants[0])
    assert [each.do for each in made] == ["deal.note", "deal.note_change", "deal.note_change"]
    assert [each.fields for each in made[1:]] == [
        {"content": "Third", "made_id": "31"},
        {"content": "call Jana tomorrow", "made_id": "31"},
    ]


def end(database: Database, thread: Delivery, state: str = "done") -> None:
    """What was recorded is written now, or has failed."""
    with database.writing_all() as session:
        mine = CardAction.tenant_id == thread.tenant_id
        session.execute(update(CardAction).where(mine).values(state=state, result_id="31", attempts=1))


def test_the_button_changes_what_was_written(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    made = reply(ada, "First & <second>").buttons()["Change"]["made"]
    end(database, thread)
    form = ada.open("reply.change", made=made)
    assert form.values()["note"] == ["First & <second>"]

    assert ada.submit("reply.save", {"note": []}, made=made).has("A note needs a text.")
    assert ada.submit("reply.save", {"note": ["Third"]}, made=made).how == "close"
    assert ada.open("reply.change", made=made).values()["note"] == ["Third"]
    assert [each.do for each in actions_of(database, tenants[0])] == ["deal.note", "deal.note_change"]


def test_an_activity_is_changed_with_its_day(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    made = reply(ada, "call Jana on 2026-12-04 10:00").buttons()["Change"]["made"]
    end(database, thread)
    form = ada.open("reply.change", made=made).values()
    assert (form["subject"], form["type"], form["time"]) == (["Call Jana"], ["call"], ["10:00"])

    ada.submit("reply.save", {"subject": ["Call Ben"], "type": ["call"], "time": [""]}, made=made)
    change = actions_of(database, tenants[0])[-1]
    assert (change.do, change.fields["subject"]) == ("deal.activity_change", "Call Ben")


@pytest.mark.parametrize("state", ["writing", "failed"])
def test_what_is_not_written_cannot_be_changed(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int], state: str
) -> None:
    made = reply(ada, "First").buttons()["Change"]["made"]
    with database.writing_all() as session:
        ended = {"state": state, "finished_at": thread.created_at if state == "failed" else None}
        session.execute(update(CardAction).where(CardAction.tenant_id == thread.tenant_id).values(ended))

    answer = ada.submit("reply.save", {"note": ["Second"]}, made=made)
    assert answer.has("in a few seconds" if state == "writing" else "Write it again")
    assert len(actions_of(database, tenants[0])) == 1


def test_nobody_changes_what_somebody_else_wrote(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    made = reply(ada, "First").buttons()["Change"]["made"]
    add_sales_rep(database, tenants[0])
    connect(database, tenants[0], CLEO["email"], "2")
    for other in (CLEO, BOB):
        asks = Chat(ada.deps, user=other)
        assert not asks.open("reply.change", made=made).has("First")
        asks.submit("reply.save", {"note": ["Mine"]}, made=made)

    assert [each.fields["content"] for each in actions_of(database, tenants[0])] == ["First"]


def test_who_has_not_connected_gets_the_way_and_the_note_waits(
    chat: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = reply(chat, "First")

    assert answer.title == "Connect yourself first"
    (made,) = actions_of(database, tenants[0])
    assert (made.state, made.delivery_id) == ("waiting", thread.id)


@pytest.mark.usefixtures("thread")
def test_who_may_not_write_is_told_so(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0], role="viewer")
    for person in (CLEO, BOB, EVE):
        answer = reply(Chat(chat.deps, user=person), "First")

        assert answer.title
        assert "First" not in str(answer.card)
    assert actions_of(database, tenants[0]) + actions_of(database, tenants[1]) == []


@pytest.mark.usefixtures("thread")
def test_elsewhere_a_mention_is_a_command_as_ever(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    for thread in ("", f"{DEALS['name']}/threads/T2", "spaces/BOLT/threads/T1"):
        assert reply(ada, "rule list", thread=thread).title.startswith("Rules")
    assert reply(ada, "help").title != ""
    assert ada.say("rule list", thread={"name": THREAD}).title.startswith("Rules")
    assert actions_of(database, tenants[0]) == []


def test_a_thread_of_a_day_is_about_no_record(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    begin_thread(database, tenants[0], thread_key="day-2026-11-28")
    reply(ada, "They want more")

    assert actions_of(database, tenants[0]) == []


def test_a_card_that_shows_nothing_of_its_deal_takes_no_note(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    begin_thread(database, tenants[0], redacted_because="1 of 2 people may see it")
    reply(ada, "They want more")

    assert actions_of(database, tenants[0]) == []


@pytest.mark.usefixtures("thread")
@pytest.mark.parametrize("words", TITLES, ids=range(len(TITLES)))
def test_no_text_breaks_it_and_no_markup_gets_in(
    ada: Chat, database: Database, tenants: tuple[int, int], words: str
) -> None:
    reply(ada, words)

    for made in actions_of(database, tenants[0]):
        assert "<" not in made.fields["content"].replace("<br>", "")


def test_a_forged_press_writes_nothing(ada: Chat, database: Database, tenants: tuple[int, int]) -> None:
    ada.click("reply.write")

    assert actions_of(database, tenants[0]) == []
