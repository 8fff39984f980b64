"""An alert is new once and over once; the rates and ages behind it have their limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.database.engine import Database
from models.operating.alerts import (
    Alert,
    AlertCode,
    ErrorRate,
    changes,
    find_disconnected,
    find_late,
    known_alerts,
    note_sent,
)
from models.tables import Connection
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, event

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("delivered", "retry", "refused", "is_high"),
    [(9, 1, 1, True), (0, 10, 0, False), (10, 1, 0, False), (90, 10, 0, False), (89, 11, 0, True)],
)
def test_more_than_ten_attempts_and_more_than_a_tenth_of_them_is_too_much(
    delivered: int, retry: int, refused: int, is_high: bool
) -> None:
    rate = ErrorRate()
    assert rate.judge({"delivered": 1000, "retry": 500}, NOON) is None
    now = {"delivered": 1000 + delivered, "retry": 500 + retry, "refused": refused, "rate_limited": 999}
    assert bool(rate.judge(now, NOON + MINUTE)) is is_high


def test_who_has_just_begun_to_watch_does_not_say_that_cards_arrive_again() -> None:
    known, rate = {AlertCode.ERROR_RATE}, ErrorRate()
    for minute in range(5):
        found = {AlertCode.ERROR_RATE: rate.judge({"retry": 1000}, NOON + minute * MINUTE)}
        assert changes(found, known) == []
    found = {AlertCode.ERROR_RATE: rate.judge({"retry": 1000}, NOON + 5 * MINUTE)}
    assert [alert.is_over for alert in changes(found, known)] == [True]


def test_only_the_last_five_minutes_count() -> None:
    rate = ErrorRate()
    rate.judge({}, NOON)
    assert rate.judge({"retry": 20}, NOON + MINUTE) == "20 of 20 attempts to send failed within five minutes."
    for minute in range(2, 6):
        assert rate.judge({"retry": 20}, NOON + minute * MINUTE)
    assert rate.judge({"retry": 20}, NOON + 6 * MINUTE) == ""
    assert rate.judge({"retry": 20, "delivered": 5}, NOON + 60 * MINUTE) == ""


def test_what_waits_for_five_minutes_is_late_until_less_than_one(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, event(tenants.ours, received_at=NOON))
    with database.reading_all() as session:
        assert find_late(session, NOON + 5 * MINUTE, is_known=False) == ""
        assert "for 6 minutes" in find_late(session, NOON + 6 * MINUTE, is_known=False)
        assert find_late(session, NOON + 2 * MINUTE, is_known=True)
        assert find_late(session, NOON + MINUTE, is_known=True) == ""


def test_companies_that_have_to_connect_again_are_counted_and_named(
    database: Database, tenants: TwoTenants
) -> None:
    with database.reading_all() as session:
        assert find_disconnected(session) == ""
    add(
        database,
        Connection(tenant_id=tenants.ours, company_id="1", state="needs_reauth"),
        Connection(tenant_id=tenants.theirs, company_id="2", state="connected"),
    )
    with database.reading_all() as session:
        assert find_disconnected(session).endswith("by 1 of the companies, among them: Acme.")


def test_an_alert_is_new_once_and_over_once(database: Database) -> None:
    found = {AlertCode.DISK: "Only 1 GB free.", AlertCode.LATE: ""}
    (alert,) = changes(found, set())
    assert alert == Alert(AlertCode.DISK, "Only 1 GB free.")
    with database.writing_all() as session:
        note_sent(session, alert, NOON)
        note_sent(session, alert, NOON)
        assert known_alerts(session) == {AlertCode.DISK}
        assert changes(found, known_alerts(session)) == []
        (over,) = changes({AlertCode.DISK: ""}, known_alerts(session))
        assert over == Alert(AlertCode.DISK, "There is room on the disk again.", is_over=True)
        note_sent(session, over, NOON)
        assert known_alerts(session) == set()
