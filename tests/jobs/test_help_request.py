"""When a drain requests a helper: it is late, and on SQLite webhooks go first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from redis.exceptions import ConnectionError as NoRedis

from jobs import help_request
from jobs.help_request import HelpRequest
from tests.engine import NOON


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(help_request, "now", lambda: NOON)


def ago(*seconds: float) -> list[datetime]:
    return [NOON - timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("waiting", "newest", "is_requested"),
    [
        ([], None, False),  # the step had room for more
        (ago(0.5), None, False),
        (ago(0.1, 1.5, 0.3), None, True),
        (ago(1.5), ago(0.2), False),  # the helper would take the write lock from webhooks
        (ago(9.5), ago(2.5), False),
        (ago(1.5), ago(3.5), True),
        (ago(10.5), ago(0.2), True),
    ],
)
def test_help_is_requested_for_what_is_late(
    waiting: list[datetime], newest: list[datetime] | None, is_requested: bool
) -> None:
    made: list[None] = []
    look = (lambda: newest[0]) if newest else None
    HelpRequest(lambda: made.append(None), look).make_if_late(waiting)
    assert bool(made) == is_requested


def test_help_is_requested_where_no_webhook_ever_came() -> None:
    made: list[None] = []
    HelpRequest(lambda: made.append(None), lambda: None).make_if_late(ago(1.5))
    assert made == [None]


def test_help_is_requested_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[None] = []
    request = HelpRequest(lambda: made.append(None))
    for _ in range(3):
        request.make_if_late(ago(60))
    assert len(made) == 1
    monkeypatch.setattr(help_request, "EVERY_S", -1.0)
    request.make_if_late(ago(60))
    assert len(made) == 2


def test_a_drain_goes_on_without_redis() -> None:
    made: list[None] = []

    def refuse() -> None:
        made.append(None)
        raise NoRedis

    HelpRequest(refuse).make_if_late(ago(60))
    assert len(made) == 1
