"""A line goes when what it asks for is mended, wherever that is done; before, it says that it is written."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.card_actions.actions import CardPress, record_press
from models.nudges.snoozes import snooze_line
from models.tables import CardAction, CardCopy, NudgeCard, NudgeLine, User
from tests.jobs.nudges.conftest import DAY, Mornings


@pytest.fixture
def asked(mornings: Mornings) -> Mornings:
    """Ada was asked for the value of deal 1 and the late call of deal 2; her message stands in Chat."""
    mornings.lists_are_read()
    mornings.deal(1, value=None)
    mornings.deal(2)
    mornings.activity(11, 1, days=2)
    mornings.activity(12, 2, days=-4)
    mornings.switch_on()
    mornings.ask()
    (card,) = mornings.cards()
    row: dict[str, Any] = {"tenant_id": mornings.tenant_id, "lane": "dm:ada@acme.test"}
    copy = CardCopy(**row, delivery_id=card.delivery_id, message_name="spaces/DM/messages/1")
    copy.entity, copy.object_id = "nudges", str(card.id)
    with mornings.database.writing(mornings.tenant_id) as session:
        session.add(copy)
    return mornings


def is_due(asked: Mornings) -> bool:
    with asked.database.reading(asked.tenant_id) as session:
        return session.scalars(select(CardCopy.update_due_at)).one() is not None


def gone(asked: Mornings) -> list[tuple[str, str]]:
    with asked.database.reading(asked.tenant_id) as session:
        rows = session.scalars(select(NudgeLine).where(NudgeLine.gone_at.is_not(None)).order_by(NudgeLine.id))
        return [(row.check_name, row.gone_because) for row in rows]


def ada(asked: Mornings) -> Actor:
    return Actor("ada@acme.test", asked.tenant_id, "Acme", asked.people["Ada"], "sales_rep", is_certain=True)


def press(asked: Mornings, do: str, entity: str, number: str, **fields: Any) -> int:
    (card,) = asked.cards()
    assert card.delivery_id is not None
    with asked.database.writing(asked.tenant_id) as session:
        made = record_press(
            session,
            ada(asked),
            CardPress(
                key=uuid4().hex,
                do=do,
                delivery_id=card.delivery_id,
                entity=entity,
                object_id=number,
                lane="dm:ada@acme.test",
                fields=fields,
                since=card.created_at,
            ),
        ).action
        made.state, made.created_at = "pending", asked.clock()
        return made.id


BOTH = [("overdue_activity", "2"), ("no_value", "1")]


def test_the_card_shows_what_it_asked_for(asked: Mornings) -> None:
    assert asked.shown() == BOTH
    assert not is_due(asked)
    assert gone(asked) == []


def test_a_value_that_is_set_in_pipedrive_lets_its_line_go(asked: Mornings) -> None:
    asked.clock.advance(60)
    asked.deal(1, value=70)
    assert is_due(asked)
    assert asked.shown() == [("overdue_activity", "2")]
    assert gone(asked) == [("no_value", "fixed")]
    assert asked.view().gone == 1


def test_an_activity_that_is_done_lets_its_line_go(asked: Mornings) -> None:
    asked.clock.advance(60)
    asked.activity(12, 2, days=-4, done=True)
    assert is_due(asked)
    assert asked.shown() == [("no_next_activity", "2"), ("no_value", "1")][1:]


def test_a_change_of_another_deal_draws_nothing_again(asked: Mornings) -> None:
    asked.clock.advance(60)
    asked.deal(3, value=None)
    assert not is_due(asked)


def test_a_deal_that_somebody_else_gets_or_may_not_be_seen_any_more_is_not_asked_for(
    asked: Mornings,
) -> None:
    asked.clock.advance(60)
    asked.deal(1, owner=8, value=None)
    asked.deal(2, meta={"permitted_user_ids": ["8"]})
    assert asked.shown() == []


def test_what_is_being_written_is_shown_so_and_goes_when_it_is_written(asked: Mornings) -> None:
    asked.clock.advance(60)
    number = press(asked, "deal.fields", "deal", "1", value=50)
    done = press(asked, "activity.done", "activity", "12", done=True)
    assert [each.is_under_way for each in asked.view().lines] == [True, True]
    assert gone(asked) == []

    with asked.database.writing(asked.tenant_id) as session:
        ended = update(CardAction).where(CardAction.tenant_id == asked.tenant_id)
        session.execute(
            ended.where(CardAction.id.in_([number, done])).values(state="done", finished_at=asked.clock())
        )
    assert asked.shown() == []


def test_what_could_not_be_written_is_asked_for_again(asked: Mornings) -> None:

    number = press(asked, "deal.fields", "deal", "1", value=50)
    with asked.database.writing(asked.tenant_id) as session:
        session.execute(update(CardAction).where(CardAction.id == number).values(state="failed"))
    assert [each.is_under_way for each in asked.view().lines] == [False, False]


def test_a_line_that_is_put_off_goes_and_is_not_asked_for_until_then(asked: Mornings) -> None:
    line = asked.view().lines[1].id
    with asked.database.writing(asked.tenant_id) as session:
        until = asked.clock() + 3 * DAY
        assert snooze_line(session, ada(asked), line, until, "waits for the offer", asked.clock()) == "Deal 1"
    assert is_due(asked)
    assert asked.shown() == [("overdue_activity", "2")]

    for day, expected in ((1, 1), (2, 1), (3, 2)):
        asked.clock.at += DAY
        asked.ask()
        assert len(asked.lines()) == expected, day


def test_the_next_morning_takes_over_what_is_still_open(asked: Mornings) -> None:
    asked.clock.at += DAY
    asked.ask()
    assert is_due(asked)
    assert asked.shown(place=0) == []
    assert asked.view(place=0).was_replaced
    assert asked.shown() == BOTH


def test_a_card_of_somebody_who_is_gone_shows_nothing(asked: Mornings) -> None:
    with asked.database.writing(asked.tenant_id) as session:
        session.delete(session.get_one(User, (asked.tenant_id, asked.people["Ada"])))
    with asked.database.reading(asked.tenant_id) as session:
        assert session.scalars(select(NudgeCard).where(NudgeCard.user_id == asked.people["Ada"])).all() == []
