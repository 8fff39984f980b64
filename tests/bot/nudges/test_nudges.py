"""What people see of nudges in Chat, and how each line is mended from its card."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import bot.nudges.buttons
import bot.nudges.commands
import bot.nudges.dialogs
import bot.nudges.fields
import bot.nudges.fix
import bot.nudges.form
import bot.nudges.lines
import bot.nudges.show  # noqa: F401 - the folder is the unit
from models.clock import now
from models.connections.names import remember
from models.database.engine import Database
from models.nudges.settings import get_plan
from models.pipedrive.names import Name
from models.tables import (
    CardAction,
    Delivery,
    Destination,
    NudgeCard,
    NudgeLine,
    NudgeSettings,
    NudgeSnooze,
    PipedriveUser,
    User,
)
from tests.bot.card_actions.conftest import connect
from tests.chat import ADA, CLEO, Chat, add_sales_rep, audit_of
from tests.models.stalled.following import change

DAY = timedelta(days=1)
CHECKS = ("close_date_past", "overdue_activity", "no_value", "no_contact", "missing_fields")


@pytest.fixture
def lines(database: Database, tenants: tuple[int, int]) -> dict[str, int]:
    """Ada, who is user 7 and has connected herself, was asked for five things of one deal."""
    connect(database, tenants[0], ADA["email"], "7")
    ours, at = tenants[0], now()
    past = (at - 3 * DAY).date().isoformat()
    deal: dict[str, Any] = {"title": "Lamps", "owner_id": 7, "currency": "EUR", "add_time": at.isoformat()}
    change(database, ours, 1, at - DAY, expected_close_date=past, **deal)
    change(database, ours, 5, at - DAY, entity="activity", deal_id=1, due_date=past, subject="Call Jana")
    change(database, ours, 3, at - DAY, entity="person", name="Jana")
    names = {("stage", "1"): Name("Negotiation"), ("deal_field", "abc"): Name("Budget", {"kind": "number"})}
    with database.writing_all() as session:
        remember(session, {(ours, pair): name for pair, name in names.items()})
        ada = session.scalars(select(User).where(User.email == ADA["email"])).one()
        ada.pipedrive_user_id, ada.chat_name = "7", ADA["name"]
        to = Destination(tenant_id=ours, kind="chat_dm", name=ada.email, address=ada.email, lane="dm:ada")
        session.add_all([to, PipedriveUser(tenant_id=ours, pipedrive_id="7", name="Ada", seen_at=at)])
        session.flush()
        sent = Delivery(tenant_id=ours, destination_id=to.id, event_type="notice", state="delivered")
        sent.lane, sent.destination_name, sent.notice = "dm:ada", ada.email, {"title": "x", "words": ""}
        card = NudgeCard(tenant_id=ours, user_id=ada.id, day=at.date())
        session.add_all([sent, card])
        session.flush()
        card.delivery_id = sent.id
        rows = {}
        for rank, name in enumerate(CHECKS):
            row = NudgeLine(tenant_id=ours, card_id=card.id, user_id=ada.id, check_name=name, rank=rank)
            row.deal_id, row.asked_at = "1", at
            row.activity_id = "5" if name == "overdue_activity" else ""
            session.add(row)
            session.flush()
            rows[name] = row.id
    return rows


@pytest.fixture
def required(chat: Chat, database: Database, lines: dict[str, int]) -> dict[str, int]:
    """The stage of the deal requires a budget."""
    typed = {"at": ["08:30"], "stuck": ["30"], "forecast": ["14"], "idle": ["10"], "on": ["on"]}
    typed |= {"checks": list(CHECKS), "weekdays": ["mon", "tue"], "required": ["negotiation = Budget"]}
    assert chat.submit("nudge.save", typed).title == "Saved"
    return lines


def test_what_stages_require_stays_while_its_lines_are_left_as_they_are(
    chat: Chat, database: Database, tenants: tuple[int, int], required: dict[str, int]
) -> None:
    """Names have commas and signs themselves, and two pipelines a stage of one name; a new line is read."""
    stages = {
        ("stage", key): Name(text)
        for key, text in (("1", "Won = paid, done"), ("2", "Offer"), ("3", "Offer"))
    }
    fields = {("deal_field", "abc"): Name("Size, in people"), ("deal_field", "d"): Name("Budget")}
    kept = {"1": ["custom.abc", "value"], "2": ["custom.abc"], "3": ["value"]}
    with database.writing_all() as session:
        remember(session, {(tenants[0], pair): name for pair, name in (stages | fields).items()})
        session.execute(update(NudgeSettings).values(required=kept))
    typed = chat.open("nudge.set").values()

    assert chat.submit("nudge.save", typed).title == "Saved"
    with database.reading(tenants[0]) as session:
        assert get_plan(session, tenants[0]).required == {key: tuple(names) for key, names in kept.items()}

    typed["required"] = [typed["required"][0] + "\nOFFER = Budget"]
    chat.submit("nudge.save", typed)
    with database.reading(tenants[0]) as session:
        assert get_plan(session, tenants[0]).required["2"] == ("custom.d",)


def actions(database: Database) -> list[CardAction]:
    with database.reading_all() as session:
        return list(session.scalars(select(CardAction).order_by(CardAction.id)))


def test_who_was_asked_nothing_is_told_so(chat: Chat) -> None:
    reply = chat.say("nudge")
    assert reply.title == "Nothing is asked of you"
    assert reply.has("Nudges are off")


def test_the_card_shows_what_is_open_the_worst_first(chat: Chat, required: dict[str, int]) -> None:
    reply = chat.say("nudge")
    assert reply.title == "5 things to mend in your deals"
    drawn = str(reply.card)
    assert drawn.index("Its close date is past") < drawn.index("“Call Jana” is overdue")
    assert reply.has("Its stage requires: Budget")
    assert reply.viewer == ADA["name"]


@pytest.mark.parametrize(
    ("check", "typed", "fields"),
    [
        ("no_value", {"field0": ["1,500"]}, {"value": 1500}),
        ("no_contact", {"person": ["3"]}, {"person_id": 3}),
        ("missing_fields", {"field0": ["70"]}, {"custom.abc": 70}),
    ],
)
def test_a_line_is_mended_in_two_presses(
    chat: Chat,
    database: Database,
    required: dict[str, int],
    check: str,
    typed: dict[str, list[str]],
    fields: dict[str, Any],
) -> None:
    assert chat.open("nudge.fix", line=str(required[check])).how == "dialog"
    reply = chat.submit("nudge.mend", typed, line=str(required[check]))

    assert reply.how == "close"
    assert [(each.do, each.fields, each.object_id) for each in actions(database)] == [
        ("deal.fields", fields, "1")
    ]
    assert chat.say("nudge").has("It is being written to Pipedrive")


def test_a_day_to_come_is_asked_for_again(chat: Chat, database: Database, lines: dict[str, int]) -> None:
    line = str(lines["close_date_past"])
    past = str(int((now() - 9 * DAY).timestamp() * 1000))
    assert chat.submit("nudge.mend", {"day": [past]}, line=line).has("Choose today or a later day.")
    later = datetime(now().year + 1, 3, 1, tzinfo=UTC)
    chat.submit("nudge.mend", {"day": [str(int(later.timestamp() * 1000))]}, line=line)
    assert [each.fields for each in actions(database)] == [{"expected_close_date": f"{later:%Y-%m-%d}"}]


def test_an_activity_is_done_in_one_press(chat: Chat, database: Database, lines: dict[str, int]) -> None:
    chat.click("nudge.done", line=str(lines["overdue_activity"]))
    chat.click("nudge.done", line=str(lines["overdue_activity"]))
    assert [(each.do, each.entity, each.object_id) for each in actions(database)] == [
        ("activity.done", "activity", "5")
    ]


def test_a_line_is_put_off_with_a_reason(chat: Chat, database: Database, lines: dict[str, int]) -> None:
    line = str(lines["no_value"])
    assert chat.open("nudge.snooze", line=line).title == "Put this off"
    assert chat.submit("nudge.put_off", {"days": ["7"]}, line=line).has("Why?")
    assert chat.submit("nudge.put_off", {"days": ["7"], "reason": ["offer"]}, line=line).how == "close"
    with database.reading_all() as session:
        assert [each.reason for each in session.scalars(select(NudgeSnooze))] == ["offer"]
    assert not chat.say("nudge").has("It has no value")


@pytest.mark.parametrize("entry", ["nudge.fix", "nudge.snooze"])
def test_nobody_mends_what_somebody_else_is_asked(
    chat: Chat, database: Database, tenants: tuple[int, int], lines: dict[str, int], entry: str
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO, chat.space)
    assert not cleo.open(entry, line=str(lines["no_value"])).has("Lamps")
    with database.writing_all() as session:  # and nobody what they may not see any more
        session.execute(update(User).values(pipedrive_user_id="8"))
    change(database, tenants[0], 1, now(), title="Lamps", owner_id=7, meta={"permitted_user_ids": ["7"]})
    assert not chat.open(entry, line=str(lines["no_value"])).has("Lamps")


def test_nudges_are_switched_and_set_by_who_may(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("nudge on").title == "Nudges are on"
    assert chat.say("nudge off").title == "Nudges are off"
    assert chat.say("nudge team").has("Nobody was asked")
    typed = {"at": ["8"], "checks": ["no_value"], "weekdays": ["mon"]}
    limits = {"stuck": ["30"], "forecast": ["14"], "idle": ["10"]}
    assert chat.submit("nudge.save", typed | limits).has("Write the time as 08:30.")
    assert chat.submit("nudge.save", typed | limits | {"at": ["7:15"]}).title == "Saved"
    for wrong in ("Nowhere = Value", "Nowhere"):
        assert chat.submit("nudge.save", typed | limits | {"required": [wrong]}).has("There is no stage")
    with database.reading(tenants[0]) as session:
        plan = get_plan(session, tenants[0])
    assert (plan.at, plan.checks, plan.is_on) == ("07:15", ("no_value",), False)
    assert chat.click("nudge.check_keep", check="no_value").title == "It stays on: No value"
    assert chat.click("nudge.check_off", check="no_value").title == "Nobody is asked any more: No value"
    assert chat.click("nudge.check_off", check="no_value").title == "It is off already"
    assert ("ada@acme.test", "nudge.set", "nudges") in audit_of(database, tenants[0])
