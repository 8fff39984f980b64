"""People are asked once a morning, in their working hours, for what they may see, the worst first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.accounts.actor import system
from models.nudges import mornings as module
from models.nudges.settings import keep_check
from models.tables import (
    DayOff,
    Delivery,
    Notification,
    NotificationPreference,
    NudgeLine,
    NudgeSettings,
    PipedriveUser,
    QuietHours,
)
from tests.conftest import TwoTenants
from tests.jobs.nudges.conftest import DAY, MONDAY, Mornings
from tests.models.rows import add, count


def test_nobody_is_asked_until_somebody_switches_it_on(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    mornings.ask()
    assert mornings.cards() == []

    mornings.switch_on()
    mornings.ask()
    assert mornings.lines() == [("no_value", "1")]


def test_the_worst_comes_first_and_each_person_is_asked_for_their_own(mornings: Mornings) -> None:
    mornings.lists_are_read()
    mornings.deal(1, value=None)
    mornings.deal(2, value=900, expected_close_date="2026-11-01")
    mornings.deal(3, value=5000, expected_close_date="2026-11-29")
    mornings.deal(4, owner=8, person_id=None)
    for number in (1, 2, 3, 4):
        mornings.activity(number, number, days=3)
    mornings.switch_on()
    mornings.ask()

    assert mornings.lines() == [("close_date_past", "3"), ("close_date_past", "2"), ("no_value", "1")]
    assert mornings.lines("Max") == [("no_contact", "4")]


def test_a_card_comes_once_a_day_whatever_runs(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    mornings.switch_on()
    for _ in range(3):
        mornings.ask()
        mornings.switch_on()  # looks at everybody again
    assert len(mornings.sent()) == 1

    mornings.clock.at = MONDAY + DAY
    mornings.ask()
    mornings.ask()
    assert len(mornings.sent()) == 2


def test_a_person_is_asked_by_their_own_clock(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    zone = {"timezone": "America/New_York", "days": ["mon"], "starts": "20:00", "ends": "21:00"}
    hours = QuietHours(tenant_id=mornings.tenant_id, scope="user", user_id=mornings.people["Ada"], **zone)
    add(mornings.database, hours)
    mornings.switch_on()
    mornings.ask()
    assert mornings.cards() == []  # four in the morning there

    mornings.clock.at = datetime.fromisoformat("2026-11-30T13:31:00Z")
    mornings.ask()
    assert [card.day for card in mornings.cards()] == [date(2026, 11, 30)]


@pytest.mark.parametrize("user", ["Ada", None])
def test_nobody_is_asked_on_days_off(mornings: Mornings, user: str | None) -> None:
    mornings.deal(1, value=None)
    mornings.switch_on()
    day = {"first_day": date(2026, 11, 30), "last_day": date(2026, 12, 1)}
    who = mornings.people[user] if user else None
    add(mornings.database, DayOff(tenant_id=mornings.tenant_id, user_id=who, **day))
    for _ in range(2):
        mornings.ask()
        mornings.clock.at += DAY
    assert mornings.cards() == []

    mornings.ask()
    assert [card.day for card in mornings.cards()] == [date(2026, 12, 2)]


def test_quiet_hours_put_the_morning_off_and_weekends_are_free(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    quiet = {"scope": "tenant", "starts": "18:00", "ends": "09:30", "days": days, "timezone": "UTC"}
    add(mornings.database, QuietHours(tenant_id=mornings.tenant_id, **quiet))
    mornings.switch_on()
    mornings.ask()
    assert mornings.cards() == []

    mornings.clock.at = MONDAY + timedelta(minutes=31)
    mornings.ask()
    assert len(mornings.cards()) == 1
    mornings.clock.at = MONDAY + 5 * DAY + timedelta(hours=1)  # Saturday
    mornings.ask()
    assert len(mornings.cards()) == 1


def test_a_morning_that_nobody_kept_is_left_out(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    mornings.switch_on()
    mornings.clock.at = MONDAY + timedelta(hours=8)
    mornings.ask()
    assert mornings.cards() == []


def test_nothing_restricted_reaches_whom_pipedrive_would_not_show_it(mornings: Mornings) -> None:
    mornings.deal(1, value=None, meta={"permitted_user_ids": ["8"]})
    mornings.deal(2, value=None, meta={"permitted_user_ids": ["7"]})
    mornings.activity(5, 2, days=-9, meta={"permitted_user_ids": ["8"]})
    mornings.switch_on()
    mornings.ask()
    assert mornings.lines() == [("no_value", "2")]


def test_the_first_manager_is_asked_about_deals_whose_owner_is_gone(mornings: Mornings) -> None:
    mornings.add_person("Mia", "9", "manager")
    gone = PipedriveUser(tenant_id=mornings.tenant_id, pipedrive_id="66", name="Zed", seen_at=MONDAY)
    gone.is_active = False
    add(mornings.database, gone)
    mornings.deal(1, owner=66)
    mornings.deal(2, owner=999)  # added since the list was read
    mornings.switch_on()
    mornings.ask()

    assert mornings.lines("Max") == [("orphan_owner", "1")]
    assert mornings.lines("Mia") == []


def test_who_wants_no_direct_message_gets_none(mornings: Mornings) -> None:
    mornings.deal(1, value=None)
    mine: dict[str, Any] = {"tenant_id": mornings.tenant_id, "user_id": mornings.people["Ada"]}
    add(mornings.database, NotificationPreference(**mine, type="NUDGE", channel="chat", mode="off"))
    mornings.switch_on()
    mornings.ask()

    assert mornings.sent() == []
    assert mornings.lines() == [("no_value", "1")]  # `nudge` shows them
    assert count(mornings.database, Notification) == 1  # the inbox has it


def test_a_worker_that_dies_between_two_people_leaves_the_rest_to_the_next(
    mornings: Mornings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mornings.deal(1, value=None)
    mornings.deal(2, owner=8, value=None)
    mornings.switch_on()
    whole = module.ask

    def dies_at_max(session: Any, tenant_id: int, due: Any, at: datetime) -> bool:
        if due.user_id == mornings.people["Max"]:
            raise KeyboardInterrupt
        return whole(session, tenant_id, due, at)

    monkeypatch.setattr("jobs.nudges.ask.ask", dies_at_max)
    with pytest.raises(KeyboardInterrupt):
        mornings.ask()
    assert len(mornings.sent()) == 1

    monkeypatch.setattr("jobs.nudges.ask.ask", whole)
    mornings.clock.at += timedelta(seconds=11)  # the lease of the dead one has run out
    mornings.ask()
    assert [each.destination_name for each in mornings.sent()] == ["ada@acme.test", "max@acme.test"]


@pytest.mark.parametrize("step", ["_replace_earlier", "_send", "send_notification", "mark_due"])
def test_a_card_that_fails_half_way_leaves_nothing_behind(
    mornings: Mornings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    mornings.deal(1, value=None)
    mornings.switch_on()

    def dies(*_: Any, **_more: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, dies)
        with pytest.raises(KeyboardInterrupt):
            mornings.ask()
    assert mornings.cards() == []
    assert (count(mornings.database, NudgeLine), count(mornings.database, Notification)) == (0, 0)

    mornings.clock.at += timedelta(seconds=11)
    mornings.ask()
    assert (len(mornings.sent()), count(mornings.database, Notification)) == (1, 1)


def test_a_check_that_nobody_acts_on_offers_to_end_once(mornings: Mornings, tenants: TwoTenants) -> None:
    mornings.add_person("Amy", "1", "admin")
    for number in range(1, 4):
        mornings.deal(number, value=None, person_id=None)
    mornings.switch_on(checks=("no_value", "no_contact"))
    for day in range(16):
        mornings.clock.at = MONDAY + day * DAY
        if day == 3:
            mornings.deal(1, value=None)  # somebody mends the contact of one
        mornings.ask()
        if mornings.cards() and mornings.cards()[-1].delivery_id:
            mornings.view()
    offers = [each for each in mornings.sent() if "Nobody acts" in (each.notice or {})["title"]]
    assert [(each.destination_name, (each.notice or {})["title"]) for each in offers] == [
        ("amy@acme.test", "Nobody acts on the nudge “No value”")
    ]

    with mornings.database.writing(mornings.tenant_id) as session:
        assert keep_check(session, system(mornings.tenant_id, "test"), "no_value", mornings.clock())
    mornings.clock.at += 7 * DAY
    mornings.ask()
    offers = [each for each in mornings.sent() if "“No value”" in (each.notice or {})["title"]]
    assert len(offers) == 1


def test_settings_that_change_meanwhile_are_not_overwritten(mornings: Mornings) -> None:
    mornings.switch_on()
    mornings.ask()
    with mornings.database.reading(mornings.tenant_id) as session:
        row = session.get_one(NudgeSettings, mornings.tenant_id)
    assert row.next_at == MONDAY + timedelta(hours=1)
    with mornings.database.writing_all() as session:
        session.execute(update(Delivery).values(state="delivered"))
