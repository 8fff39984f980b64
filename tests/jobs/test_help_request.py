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
    ("waiting", "is_sqlite", "is_storing", "is_requested"),
    [
        ([], True, False, False),  # the step had room for more
        (ago(0.5), True, False, False),
        (ago(0.1, 1.5, 0.3), True, False, True),
        (ago(1.5), False, True, True),
        (ago(1.5), True, True, False),  # the helper would take the write lock from webhooks
        (ago(10.5), True, True, True),
    ],
)
def test_help_is_requested_for_what_is_late(
    waiting: list[datetime], is_sqlite: bool, is_storing: bool, is_requested: bool
) -> None:
    made: list[None] = []
    HelpRequest(lambda: made.append(None), is_sqlite=is_sqlite).make_if_late(waiting, is_storing=is_storing)
    assert bool(made) == is_requested


def test_help_is_requested_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[None] = []
    request = HelpRequest(lambda: made.append(None), is_sqlite=True)
    for _ in range(3):
        request.make_if_late(ago(60), is_storing=False)
    assert len(made) == 1
    monkeypatch.setattr(help_request, "EVERY_S", -1.0)
    request.make_if_late(ago(60), is_storing=False)
    assert len(made) == 2


def test_a_drain_goes_on_without_redis() -> None:
    made: list[None] = []

    def refuse() -> None:
        made.append(None)
        raise NoRedis

    HelpRequest(refuse, is_sqlite=True).make_if_late(ago(60), is_storing=False)
    assert len(made) == 1
