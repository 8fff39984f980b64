import pytest
from sqlalchemy import update

from models.database.engine import Database
from models.tables import Lane, User
from tests.bot.logged import create_deliveries, only_delivery, pause_destination
from tests.chat import Chat, audit_of
from tests.models.ended import deliveries


def test_one_goes_again_once(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], message_key="client-kept")
    number = only_delivery(database, tenants[0]).id

    reply = chat.say(f"retry #{number}")

    assert (reply.title, reply.wake_worker) == ("1 delivery on the way again", True)
    owed = only_delivery(database, tenants[0])
    assert (owed.state, owed.attempts, owed.message_key) == ("pending", 0, "client-kept")
    with database.reading(tenants[0]) as session:
        assert session.get_one(Lane, (tenants[0], owed.lane)).due_at == owed.next_attempt_at
    said = ("ada@acme.test", "delivery.replayed", f"delivery {number} to spaces/ACME")
    assert audit_of(database, tenants[0]) == [said]

    again = chat.say(f"retry {number}")
    assert (again.has("It is on its way already."), again.wake_worker) == (True, False)
    assert audit_of(database, tenants[0]) == [said]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"state": "delivered"}, "It has arrived already."),
        ({"state": "held"}, "Quiet hours hold it"),
        ({"state": "sending"}, "It is on its way already."),
        ({"has_destination": False}, "Its destination was removed"),
    ],
)
def test_what_cannot_go_again_says_why(
    chat: Chat, database: Database, tenants: tuple[int, int], columns: dict[str, object], told: str
) -> None:
    create_deliveries(database, tenants[0], **columns)  # type: ignore[arg-type]
    before = only_delivery(database, tenants[0]).state
    assert chat.say(f"retry {only_delivery(database, tenants[0]).id}").has(told)
    assert only_delivery(database, tenants[0]).state == before
    assert audit_of(database, tenants[0]) == []


@pytest.mark.parametrize("said", ["999999", "x", "<users/all>", "9" * 40, "0", "-1"])
def test_a_number_nobody_has_is_not_found(chat: Chat, said: str) -> None:
    assert chat.say(f"retry {said}").title == "I could not find that"


def test_without_a_number_it_asks_for_one(chat: Chat) -> None:
    assert chat.say("retry").has("Which delivery?")


def test_all_that_failed_goes_again(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], 3)
    create_deliveries(database, tenants[0], state="skipped")
    create_deliveries(database, tenants[0], is_test=True)
    create_deliveries(database, tenants[0], has_destination=False)
    reply = chat.say("retry failed")
    assert reply.title == "3 deliveries on the way again"
    assert reply.has("1 failed card cannot go: the destination was removed.")
    assert len(deliveries(database, tenants[0], state="pending")) == 3
    assert chat.say("retry failed").title == "Nothing was sent again"
    acts = [("ada@acme.test", "delivery.replayed", "all that failed")]
    assert audit_of(database, tenants[0]) == acts


def test_many_go_a_batch_at_a_time(
    chat: Chat, database: Database, tenants: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.deliveries.replay.BATCH", 2)
    create_deliveries(database, tenants[0], 3)
    assert chat.say("retry failed").has("say it again")
    assert not chat.say("retry failed").has("say it again")
    assert deliveries(database, tenants[0], state="dead") == []


def test_a_paused_destination_is_to_be_resumed_first(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    pause_destination(database, tenants[0])
    assert chat.say(f"retry {only_delivery(database, tenants[0]).id}").has("Resume that first")
    assert chat.say("retry failed").has("1 failed card cannot go: the destination is paused. Resume it first")
    assert only_delivery(database, tenants[0]).state == "dead"


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_who_only_reads_sends_nothing_again(
    chat: Chat, database: Database, tenants: tuple[int, int], role: str
) -> None:
    create_deliveries(database, tenants[0])
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.tenant_id == tenants[0]).values(role=role))
    number = only_delivery(database, tenants[0]).id
    for reply in (chat.say("retry failed"), chat.say(f"retry {number}")):
        assert reply.title == "You may not do this"
    assert chat.click("log.retry", delivery=str(number)).title == "You may not do this"
    assert "Retry" not in chat.say("log").buttons()
    assert only_delivery(database, tenants[0]).state == "dead"


def test_another_tenants_delivery_is_out_of_reach(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[1])
    assert chat.say(f"retry {only_delivery(database, tenants[1]).id}").title == "I could not find that"
    assert chat.say("retry failed").title == "Nothing was sent again"
    assert only_delivery(database, tenants[1]).state == "dead"
    assert audit_of(database, tenants[1]) == []
