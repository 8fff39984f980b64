"""Each sink hears of an alert once, and once that it is over; a sink that refused is asked again, alone."""

from __future__ import annotations

from typing import Any

from models.alert_routes import DEFAULT_ROUTES, Severity, SinkName, sinks_for
from models.database.engine import Database
from models.operating.alerts.codes import BETTER, Alert, AlertCode
from models.operating.alerts.notes import note_taken, pending, read_taken
from models.tables import InstallationValue
from tests.engine import NOON
from tests.models.rows import add

CHAT, SLACK, EMAIL, PAGERDUTY = SinkName
LATE = AlertCode.LATE
WAITS = Alert(LATE, "It waits.")
OVER = Alert(LATE, BETTER[LATE], is_over=True)


def everywhere(severity: Severity) -> tuple[SinkName, ...]:
    return sinks_for(severity, DEFAULT_ROUTES, tuple(SinkName))


def test_an_alert_is_new_to_each_sink_once_and_over_once(database: Database) -> None:
    with database.writing_all() as session:
        assert read_taken(session) == {}
        for sink in (CHAT, PAGERDUTY, CHAT):
            note_taken(session, WAITS, sink, NOON)
        assert read_taken(session) == {LATE: {CHAT, PAGERDUTY}}
        left = [(WAITS, SLACK), (WAITS, EMAIL)]
        assert list(pending({LATE: "It waits."}, read_taken(session), everywhere)) == left
        over = [(OVER, CHAT), (OVER, PAGERDUTY)]
        assert list(pending({LATE: ""}, read_taken(session), everywhere)) == over
        note_taken(session, OVER, CHAT, NOON)
        assert read_taken(session) == {LATE: {PAGERDUTY}}
        note_taken(session, OVER, PAGERDUTY, NOON)
        assert read_taken(session) == {}


def test_what_comes_back_before_all_know_that_it_was_over_is_new_to_those_that_know() -> None:
    taken = {LATE: frozenset({PAGERDUTY})}
    new = [sink for _, sink in pending({LATE: "It waits."}, taken, everywhere)]
    assert new == [CHAT, SLACK, EMAIL]


def test_where_neither_is_known_nothing_is_said() -> None:
    assert list(pending({LATE: None}, {LATE: frozenset({CHAT})}, everywhere)) == []
    assert list(pending({}, {LATE: frozenset({CHAT})}, everywhere)) == []


def test_outages_go_first() -> None:
    found = dict.fromkeys(reversed(AlertCode), "Look.")
    severities = [alert.severity for alert, _ in pending(found, {}, everywhere)]
    assert severities == sorted(severities, key=list(reversed(Severity)).index)


def test_an_alert_of_an_older_release_was_in_chat_and_in_the_mail(database: Database) -> None:
    add(database, InstallationValue(name="alert late", value=NOON.isoformat()))
    with database.writing_all() as session:
        assert read_taken(session) == {LATE: {CHAT, EMAIL}}
        note_taken(session, OVER, EMAIL, NOON)
        assert read_taken(session) == {}


def test_an_alert_and_a_sink_that_this_release_does_not_know_are_left_alone(database: Database) -> None:
    add(database, InstallationValue(name="alert of_tomorrow chat", value=NOON.isoformat()))
    add(database, InstallationValue(name="alert late telegraph", value=NOON.isoformat()))
    with database.reading_all() as session:
        assert read_taken(session) == {LATE: frozenset()}


def test_the_name_of_every_note_fits_its_column() -> None:
    column: Any = InstallationValue.__table__.c.name
    assert all(len(f"alert {code} {sink}") <= column.type.length for code in AlertCode for sink in SinkName)
