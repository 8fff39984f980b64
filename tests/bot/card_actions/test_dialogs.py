"""What needs words or a choice opens a dialog from what is known; saving records it and closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.card_actions import choices
from bot.card_actions.choices import NO_PEOPLE, NO_STAGES
from models.database.engine import Database
from models.tables import CardAction, Delivery, DurableWait, KnownName, PipedriveUser
from tests.chat import DEALS, Chat, ParsedReply
from tests.models.acting import actions_of, due_copies_of
from tests.models.rows import add

Tenants = tuple[int, int]
DAY = str(1_764_633_600_000)  # December 2, 2025


@pytest.fixture
def save(ada: Chat, card: Delivery) -> Callable[..., ParsedReply]:
    def submit(do: str, **inputs: list[str]) -> ParsedReply:
        return ada.submit(do, inputs, on_private=False, delivery=str(card.id))

    return submit


def opened(chat: Chat, card: Delivery, do: str) -> ParsedReply:
    answer = chat.open(do, on_private=False, delivery=str(card.id), seen="3")
    assert answer.how == "dialog"
    return answer


@pytest.mark.parametrize(
    ("do", "saves", "fields"),
    [
        ("deal.assign", "card.assign", {"owner"}),
        ("deal.move", "card.move", {"stage"}),
        ("deal.lost", "card.lose", {"reason"}),
        ("deal.note", "card.note", {"note"}),
        ("deal.activity", "card.activity", {"subject", "time", "type"}),
    ],
)
def test_each_button_opens_its_dialog_about_the_deal(
    ada: Chat,
    card: Delivery,
    do: str,
    saves: str,
    fields: set[str],
) -> None:
    dialog = opened(ada, card, do)

    assert dialog.has("Globex renewal")
    assert set(dialog.values()) == fields
    button, *others = dialog.buttons().values()
    assert button == {"do": saves, "delivery": str(card.id), "seen": "3"}
    assert [each["do"] for each in others] == (["reminder.save"] if do == "deal.activity" else [])


def test_a_follow_up_may_be_a_reminder_alone(ada: Chat, card: Delivery, database: Database) -> None:
    remind = opened(ada, card, "deal.activity").buttons()["Only remind me"]

    closed = ada.submit(remind.pop("do"), {"subject": ["Call Jana"], "time": ["14:00"]}, **remind)

    assert closed.how == "close"
    with database.reading_all() as session:
        (wait,) = session.scalars(select(DurableWait))
        assert (wait.entity, wait.details) == ("deal", {"words": "Call Jana", "title": "Globex renewal"})
        assert wait.destination_id is not None
        assert session.scalars(select(CardAction)).all() == [], "nothing is planned in Pipedrive"


def test_present_owner_and_stage_are_chosen_already(ada: Chat, card: Delivery) -> None:
    assert opened(ada, card, "deal.assign").values() == {"owner": ["1"]}
    stages = opened(ada, card, "deal.move")
    assert stages.values() == {"stage": ["1"]}
    assert stages.has("Negotiation")
    assert not stages.has("Elsewhere"), "another pipeline's stage"


@pytest.mark.parametrize(
    ("filled_in", "recorded"),
    [
        (("card.assign", {"owner": ["2"]}), ("deal.assign", {"owner_id": 2})),
        (("card.move", {"stage": ["2"]}), ("deal.move", {"stage_id": 2})),
        (("card.lose", {"reason": []}), ("deal.lost", {"status": "lost"})),
        (("card.lose", {"reason": ["Dear"]}), ("deal.lost", {"status": "lost", "lost_reason": "Dear"})),
        (("card.note", {"note": ["a <b>\nc"]}), ("deal.note", {"content": "a &lt;b&gt;<br>c"})),
        (
            ("card.activity", {"subject": ["Call Bob"], "type": ["call"], "day": [DAY]}),
            ("deal.activity", {"subject": "Call Bob", "type": "call", "due_date": "2025-12-02"}),
        ),
    ],
)
def test_what_was_chosen_is_recorded_and_the_dialog_closes(
    save: Callable[..., ParsedReply],
    database: Database,
    tenants: Tenants,
    filled_in: tuple[str, dict[str, list[str]]],
    recorded: tuple[str, dict[str, Any]],
) -> None:
    answer = save(filled_in[0], **filled_in[1])

    assert answer.how == "close"
    assert "Globex renewal" in answer.notification
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.fields) == recorded
    assert due_copies_of(database, tenants[0]) == [DEALS["name"]]


@pytest.mark.parametrize(
    ("saves", "inputs", "problem"),
    [
        ("card.assign", {"owner": ["77"]}, "Choose somebody"),
        ("card.assign", {"owner": []}, "Choose somebody"),
        ("card.move", {"stage": ["9"]}, "Choose a stage"),
        ("card.note", {"note": ["  "]}, "needs a text"),
        ("card.activity", {"subject": []}, "What is to be done"),
        ("card.activity", {"subject": ["x"], "type": ["party"]}, "no such kind"),
        ("card.activity", {"subject": ["x"], "day": ["9" * 30]}, "day cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    save: Callable[..., ParsedReply],
    database: Database,
    tenants: Tenants,
    saves: str,
    inputs: dict[str, list[str]],
    problem: str,
) -> None:
    answer = save(saves, **inputs)

    assert answer.how == "dialog"
    assert answer.has(problem)
    assert actions_of(database, tenants[0]) == []


def test_pipedrives_reasons_are_offered_where_they_are_known(
    ada: Chat,
    card: Delivery,
    save: Callable[..., ParsedReply],
    database: Database,
    tenants: Tenants,
) -> None:
    add(database, KnownName(tenant_id=tenants[0], kind="lost_reason", key="1", text="Price"))
    dialog = opened(ada, card, "deal.lost")
    assert dialog.has("Price")
    save("card.lose", known=["Price"])

    (made,) = actions_of(database, tenants[0])
    assert made.fields == {"status": "lost", "lost_reason": "Price"}


def test_what_is_not_known_yet_is_said_without_asking_pipedrive(
    ada: Chat,
    card: Delivery,
    database: Database,
) -> None:
    with database.writing_all() as session:
        session.execute(delete(KnownName))
        session.execute(delete(PipedriveUser))
    assert ada.open("deal.assign", on_private=False, delivery=str(card.id)).has(NO_PEOPLE)
    assert ada.open("deal.move", on_private=False, delivery=str(card.id)).has(NO_STAGES[:40])
    assert choices.MOST_CHOICES == 100
