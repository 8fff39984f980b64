"""A message that somebody chooses in its menu is written to Pipedrive, once, in the name of who chose it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.card_actions.replies import NO_WORDS
from bot.dispatch import MESSAGE_ACTIONS
from models.card_actions.actions import begin_waiting
from models.card_actions.waiting import GAVE_WAY
from models.database.engine import Database
from models.tables import Delivery, UnknownCommand
from tests.bot.card_actions.conftest import connect
from tests.bot.card_actions.test_replies import THREAD, begin_thread, end, reply
from tests.chat import ADA, BOB, CLEO, DEALS, EVE, Chat, add_sales_rep
from tests.models.acting import actions_of, due_copies_of


def words_of(
    sender: dict[str, Any], text: str, *, name: str = "T1.M", thread: str = THREAD
) -> dict[str, Any]:
    """A message of somebody, without a mention of the app."""
    message = {"name": f"{DEALS['name']}/messages/{name}", "sender": sender, "text": text}
    return message | ({"thread": {"name": thread}} if thread else {})


@pytest.fixture
def thread(database: Database, tenants: tuple[int, int]) -> Delivery:
    return begin_thread(database, tenants[0])


def test_a_message_of_somebody_else_becomes_a_note_that_names_its_author(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = ada.choose(words_of(CLEO | {"displayName": "Cleo <b>"}, "They want <i>10</i> more"))

    assert (answer.how, answer.viewer, answer.wake_worker) == ("message", ADA["name"], True)
    assert answer.title == "Your note on Globex renewal"
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.object_id, made.delivery_id) == ("deal.note", "7", thread.id)
    assert made.fields == {"content": "Cleo &lt;b&gt;: They want &lt;i&gt;10&lt;/i&gt; more"}
    assert due_copies_of(database, tenants[0]) == [DEALS["name"]]


@pytest.mark.usefixtures("thread")
def test_words_with_a_kind_and_a_day_become_an_activity(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ada.choose(words_of(ADA, "Call Jana on 2026-12-04 10:00", name="T1.A"))
    ada.choose(words_of(CLEO, "Meeting on 2026-12-05 11:00", name="T1.B"))

    made = actions_of(database, tenants[0])
    assert [(each.do, each.fields["subject"]) for each in made] == [
        ("deal.activity", "Call Jana"),
        ("deal.activity", "Meeting"),
    ]


def test_a_person_whose_chat_is_german_is_answered_in_german(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    ada.locale = "de"

    assert ada.choose(words_of(ADA, "Sie wollen mehr")).title == "Deine Notiz zu Globex renewal"
    assert ada.choose(words_of(ADA, "Mehr", thread="")).has("in keinem Thread")
    assert len(actions_of(database, tenants[0])) == 1


def test_one_message_is_written_once_however_it_is_chosen(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    mention = f"{DEALS['name']}/messages/T1.M"
    reply(ada, "First", name=mention)
    for at in ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T10:00:05Z"):
        ada.choose(words_of(ADA, "First"), at=at)
    assert [each.fields["content"] for each in actions_of(database, tenants[0])] == ["First"]

    ada.choose(words_of(ADA, "Second, edited"))
    assert [each.fields["content"] for each in actions_of(database, tenants[0])] == ["Second, edited"]


@pytest.mark.usefixtures("thread")
def test_who_comes_second_is_told_who_wrote_it(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    connect(database, tenants[0], CLEO["email"], "2")
    cleo = Chat(ada.deps, user=CLEO)
    ada.choose(words_of(CLEO, "They want more"))
    answer = cleo.choose(words_of(CLEO, "They want more"))

    assert answer.title.endswith("was first")
    assert answer.viewer == CLEO["name"]
    assert len(actions_of(database, tenants[0])) == 1


def test_who_has_not_connected_gives_way_and_is_told(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(ada.deps, user=CLEO)
    assert cleo.choose(words_of(CLEO, "They want more")).title == "Connect yourself first"

    assert ada.choose(words_of(CLEO, "They want more")).title == "Your note on Globex renewal"

    theirs, ours = actions_of(database, tenants[0])
    assert [theirs.state, theirs.problem, ours.state] == ["failed", GAVE_WAY, "pending"]
    with database.writing(tenants[0]) as session:
        notices = session.scalars(select(Delivery).where(Delivery.notice.is_not(None))).all()
        assert [each.notice["private_to"] for each in notices if each.notice] == [CLEO["name"]]
        assert begin_waiting(session, tenants[0], CLEO["email"]) == 0

    again = cleo.choose(words_of(CLEO, "They want more"))
    assert again.title.endswith("was first")
    assert not again.has("It was changed in Pipedrive")


def test_what_failed_may_be_chosen_again(
    ada: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    ada.choose(words_of(ADA, "First"))
    end(database, thread, state="failed")
    ada.choose(words_of(ADA, "First"))
    ada.choose(words_of(ADA, "First"))

    assert [each.state for each in actions_of(database, tenants[0])] == ["failed", "pending"]


@pytest.mark.parametrize("thread", ["", f"{DEALS['name']}/threads/T2", "spaces/BOLT/threads/T1"])
def test_a_message_that_is_about_no_record_is_answered_privately(
    ada: Chat, database: Database, tenants: tuple[int, int], thread: str
) -> None:
    begin_thread(database, tenants[0])
    answer = ada.choose(words_of(CLEO, "rule list", thread=thread))

    assert answer.viewer == ADA["name"]
    assert answer.has("is in no thread")
    assert actions_of(database, tenants[0]) == []


@pytest.mark.usefixtures("thread")
def test_a_message_without_words_writes_nothing(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    card = words_of({"name": "users/app", "type": "BOT"}, "")

    assert ada.choose(card).has(NO_WORDS)
    assert actions_of(database, tenants[0]) == []


@pytest.mark.usefixtures("thread")
def test_who_may_not_write_writes_nothing(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0], role="viewer")
    for person in (CLEO, BOB, EVE, {}):
        Chat(chat.deps, user=person).choose(words_of(ADA, "They want more"))

    assert actions_of(database, tenants[0]) + actions_of(database, tenants[1]) == []


def test_who_has_not_connected_gets_the_way_and_the_note_waits(
    chat: Chat, thread: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = chat.choose(words_of(CLEO, "They want more"))

    assert answer.title == "Connect yourself first"
    assert [each.state for each in actions_of(database, tenants[0])] == ["waiting"]


@pytest.mark.usefixtures("thread")
def test_an_id_that_is_not_ours_is_noted_for_the_setup_page(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    answer = ada.choose(words_of(ADA, "They want more"), max(MESSAGE_ACTIONS) + 1)

    assert answer.has("does nothing yet")
    assert actions_of(database, tenants[0]) == []
    with database.reading_all() as session:
        assert [each.command_id for each in session.scalars(select(UnknownCommand))] == ["9"]
