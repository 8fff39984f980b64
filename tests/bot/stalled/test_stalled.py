"""What people see of stalled deals in Chat, and what they do about them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

import bot.stalled.buttons
import bot.stalled.commands
import bot.stalled.dialogs
import bot.stalled.follow_up
import bot.stalled.form
import bot.stalled.show  # noqa: F401 - the folder is the unit
from bot.stalled.form import read_snooze
from models.database.engine import Database
from models.errors import InvalidRequest
from models.stalled.actions import Summary, get_summary
from models.tables import CardAction, Delivery, Destination, User
from tests.bot.card_actions.conftest import connect
from tests.chat import ADA, CLEO, DEALS, EVE, Chat, ParsedReply, add_sales_rep, audit_of
from tests.models.stalled.following import row_of


def test_the_longest_idle_comes_first_and_nobody_sees_what_they_may_not(chat: Chat) -> None:
    reply = chat.say("stalled")
    assert reply.title == "2 deals are stalled"
    drawn = str(reply.card)
    assert drawn.index("Acme renewal") < drawn.index("Hooli")
    assert reply.has("No change for 20 days")
    assert reply.has("€1,000")
    assert reply.has("Negotiation")
    assert reply.has("https://acme.pipedrive.com/deal/1")
    for other in ("Secret", "Bolt", "'New'"):
        assert not reply.has(other)
    assert reply.viewer == ADA["name"]


def test_who_may_see_it_in_pipedrive_sees_it_here(chat: Chat, database: Database) -> None:
    with database.writing_all() as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="7"))
    assert chat.say("stalled show").has("Secret merger")


def test_a_snoozed_deal_is_off_the_list(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    snooze = chat.say("stalled").buttons()["Snooze"]
    dialog = chat.open(**snooze)
    assert dialog.title == "Snooze this deal"
    assert dialog.has("Hooli")

    reply = chat.submit("stalled.snooze", {"days": ["7"]}, deal="1")

    assert reply.has("Acme renewal is snoozed until")
    assert reply.title == "1 deal is stalled"
    assert row_of(database, tenants[0], 1).snoozed_until is not None
    assert ("ada@acme.test", "stalled.snooze", "deal 1") in audit_of(database, tenants[0])


def test_on_a_card_that_others_see_the_answer_to_a_snooze_is_private(chat: Chat) -> None:
    reply = chat.submit("stalled.snooze", {"days": ["7"]}, on_private=False, deal="1")
    assert reply.title == "Snoozed"
    assert reply.viewer == ADA["name"]


@pytest.mark.parametrize("deal", ["2", "99", "", "x' OR 1", "1" * 100])
def test_a_deal_that_one_may_not_see_is_not_snoozed(chat: Chat, deal: str) -> None:
    assert not chat.open("stalled.ask", deal=deal).has("Secret")
    assert not chat.submit("stalled.snooze", {"days": ["7"]}, deal=deal).has("snoozed until")


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"until": ["yesterday"]}, "2026-12-24"),
        ({"until": ["2020-01-01"]}, "coming year"),
        ({}, "2026-12-24"),
    ],
)
def test_a_wrong_day_is_asked_again(chat: Chat, inputs: dict[str, list[str]], problem: str) -> None:
    reply = chat.submit("stalled.snooze", inputs, deal="1")
    assert reply.how == "dialog"
    assert reply.has(problem)


def test_a_snooze_ends_in_the_morning_of_the_teams_clock() -> None:
    prague, at = ZoneInfo("Europe/Prague"), datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # the 25th in Prague
    assert read_snooze({"days": ["1"]}, at, prague) == datetime(2026, 10, 26, 7, tzinfo=UTC)
    with pytest.raises(InvalidRequest):
        read_snooze({"days": ["99999999999"]}, at, prague)


def test_the_settings_are_shown_changed_and_said(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("stalled set").has("3, 7 and 14 days")
    form = chat.open("stalled.set")
    assert form.values()["days"] == ["3, 7, 14"]
    typed = form.values() | {"days": ["5, 10"], "frequency": ["weekly"], "at": ["8:30"], "least": ["1 000"]}

    reply = chat.submit("stalled.save", typed)

    assert reply.has(
        "5 and 10 days. Every Monday at 08:30 they are summed up in Deals, worth at least 1,000."
    )
    with database.reading(tenants[0]) as session:
        summary = get_summary(session, tenants[0])
        assert get_summary(session, tenants[1]) == Summary()
    assert (summary.thresholds, summary.at, summary.least_value) == ((5, 10), "08:30", 1000.0)


def test_a_large_least_value_stays_what_it_was_when_the_form_is_saved_again(chat: Chat) -> None:
    typed = chat.open("stalled.set").values() | {"frequency": ["weekly"], "least": ["1234567.5"]}
    chat.submit("stalled.save", typed)

    again = chat.open("stalled.set").values()

    assert again["least"] == ["1234567.5"]
    assert chat.submit("stalled.save", again).has("worth at least 1,234,567.5")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"days": ["soon"]}, "numbers of days"),
        ({"days": ["0"]}, "from 1 to 366"),
        ({"days": ["1, 2, 3, 4, 5, 6"]}, "numbers of days"),
        ({"at": ["noon"]}, "as 09:00"),
        ({"least": ["much"]}, "least value"),
        ({"frequency": ["daily"], "to": ["999"]}, "Choose the space"),
        ({"frequency": ["hourly"]}, "daily, weekly"),
    ],
)
def test_wrong_settings_are_shown_again_with_the_reason(
    chat: Chat, typed: dict[str, list[str]], problem: str
) -> None:
    form = chat.open("stalled.set").values()
    reply = chat.submit("stalled.save", form | typed)
    assert reply.how == "dialog"
    assert reply.has(problem)


def test_a_sales_rep_snoozes_and_does_not_set(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO, DEALS)
    assert "Settings" not in cleo.say("stalled").buttons()
    assert "Snooze" in cleo.say("stalled").buttons()
    assert cleo.open("stalled.set").title == "You may not do this"


@pytest.fixture
def summary(database: Database, tenants: tuple[int, int]) -> Delivery:
    """The summary that was posted to Deals."""
    with database.writing_all() as session:
        mine = (Destination.tenant_id == tenants[0], Destination.kind == "chat_space")
        to = session.scalars(select(Destination).where(*mine)).one()
        made = Delivery(tenant_id=tenants[0], state="delivered", event_type="notice", lane=to.lane)
        made.destination_id, made.destination_name, made.notice = to.id, to.name, {}
        session.add(made)
    return made


def plan(chat: Chat, delivery: object, deal: str = "1", **inputs: list[str]) -> ParsedReply:
    typed = {"subject": ["Call Grace"], "type": ["call"], **inputs}
    return chat.submit("stalled.plan", typed, on_private=False, deal=deal, delivery=str(delivery))


def actions(database: Database, tenant_id: int) -> list[CardAction]:
    with database.reading(tenant_id) as session:
        return list(session.scalars(select(CardAction).where(CardAction.tenant_id == tenant_id)))


def test_a_follow_up_is_planned_from_the_summary_as_the_person(
    chat: Chat, database: Database, tenants: tuple[int, int], summary: Delivery
) -> None:
    connect(database, tenants[0], ADA["email"])
    dialog = chat.open("stalled.follow", on_private=False, deal="1", delivery=str(summary.id))
    assert (dialog.title, dialog.has("Acme renewal")) == ("Plan a follow-up", True)

    reply = plan(chat, summary.id)

    assert reply.how == "close"
    (made,) = actions(database, tenants[0])
    assert (made.do, made.entity, made.object_id, made.state) == ("deal.activity", "deal", "1", "pending")
    assert made.fields["subject"] == "Call Grace"
    assert made.needs_notice, "the summary does not show it"


def test_who_is_not_connected_is_asked_to_and_an_empty_follow_up_is_asked_again(
    chat: Chat, database: Database, tenants: tuple[int, int], summary: Delivery
) -> None:
    assert plan(chat, summary.id, subject=[""]).has("What is to be done?")
    assert plan(chat, summary.id).title == "Connect yourself first"
    assert [each.state for each in actions(database, tenants[0])] == ["waiting"]


@pytest.mark.parametrize(("deal", "delivery"), [("2", ""), ("99", ""), ("1", "999999"), ("1", "x")])
def test_no_follow_up_of_what_one_may_not_see_or_from_elsewhere(
    chat: Chat, database: Database, tenants: tuple[int, int], summary: Delivery, deal: str, delivery: str
) -> None:
    connect(database, tenants[0], ADA["email"])
    assert not plan(chat, delivery or summary.id, deal).has("Secret")
    assert actions(database, tenants[0]) == []


def test_a_guest_sees_no_deals(chat: Chat) -> None:
    eve = Chat(chat.deps, chat.dialect, EVE, DEALS)
    assert eve.say("stalled").title == "You may not do this"
