"""Each level of the log has its case, and each line about a message says whose it is and how it goes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, Final

import pytest
import structlog

from jobs.deliveries import deliver, results, send
from models.logs import set_up
from tests.conftest import TwoTenants
from tests.engine import Bench, link
from web.playground.faults import Fault

FIELDS: Final = {"timestamp", "tenant_id", "user_id", "notification_type", "channels", "status", "errors"}
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, logs_as_before: None) -> Lines:
    """Returns the lines about messages that were logged since; nothing of them is left out."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    set_up("debug", service="worker")
    for module in (deliver, results, send):  # a logger keeps how it was set up when it was first used
        monkeypatch.setattr(module, "log", structlog.get_logger())

    def read() -> list[dict[str, Any]]:
        said = [json.loads(line) for line in written.getvalue().splitlines()]
        return [line for line in said if line["event"].startswith("delivery.")]

    return read


def one(found: list[dict[str, Any]], event: str, level: str) -> dict[str, Any]:
    (line,) = [each for each in found if (each["event"], each["level"]) == (event, level)]
    assert line.keys() >= FIELDS
    assert line["severity"] == level.upper()
    assert "Deal 1" not in str(line)
    return line


def test_debug_a_card_arrived(bench: Bench, tenants: TwoTenants, lines: Lines) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()
    line = one(lines(), "delivery.delivered", "debug")

    assert (line["tenant_id"], line["user_id"], line["notification_type"]) == (
        tenants.ours,
        None,
        "deal.created",
    )
    assert (line["channels"], line["status"], line["errors"]) == (["chat_space"], "delivered", [])


def test_info_a_card_arrived_after_failures_and_warning_each_of_them(
    bench: Bench, tenants: TwoTenants, lines: Lines
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=1, status=503))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()
    found = lines()

    failed = one(found, "delivery.pending", "warning")
    assert (failed["status"], failed["errors"]) == ("pending", ["TemporaryFailure"])
    assert one(found, "delivery.delivered", "info")["status"] == "delivered"


def test_warning_a_card_was_given_up(bench: Bench, tenants: TwoTenants, lines: Lines) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=9, status=400))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()

    assert one(lines(), "delivery.dead", "warning")["status"] == "dead"


def test_error_something_unforeseen_kept_a_card_from_being_sent(
    bench: Bench, tenants: TwoTenants, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **_more: object) -> None:
        raise ValueError("secret=hunter2")

    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(10)
    monkeypatch.setattr(send, "render_message", fail)
    bench.deliver.send(message)
    found = lines()

    line = one(found, "delivery.unexpected", "error")
    assert (line["tenant_id"], line["status"], line["errors"]) == (tenants.ours, "sending", ["ValueError"])
    assert "hunter2" not in str(found)


def test_critical_nobody_knows_that_a_card_was_sent(
    bench: Bench, tenants: TwoTenants, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **_more: object) -> None:
        raise ValueError("the database is broken")

    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    monkeypatch.setattr("jobs.deliveries.deliver.breakers.note_results", fail)
    bench.send_due()

    line = one(lines(), "delivery.unfinished", "critical")
    assert (line["tenant_id"], line["channels"], line["status"]) == (tenants.ours, ["chat_space"], "unknown")
    assert line["errors"] == ["ValueError"]
