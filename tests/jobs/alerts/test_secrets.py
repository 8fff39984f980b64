"""No log line holds what opens a sink, whether the sink takes an alert, refuses it or is away."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from models.clock import now
from models.database.engine import Database
from models.logs import set_up
from models.settings import from_env
from tests.conftest import TwoTenants
from tests.jobs.alerts.sink_servers import SinkServers
from tests.models.rows import add, event
from tests.stack import free_port


@pytest.fixture
def closed_port() -> int:
    return free_port()


def redirected(sinks: SinkServers, status: int) -> dict[str, str]:
    for each in (sinks.chat, sinks.slack, sinks.pagerduty):
        each.status, each.headers["Location"] = status, "https://elsewhere.example/s3cret"
    return {}


def away(sinks: SinkServers, port: int) -> dict[str, str]:
    origin = f"http://127.0.0.1:{port}"
    return {
        "CHAT_API_URL": origin,
        "ALERT_SLACK_WEBHOOK": f"{origin}/s3cret",
        "ALERT_PAGERDUTY_URL": f"{origin}/s3cret",
        "SMTP_URL": f"smtp://mailer:mail-s3cret@127.0.0.1:{port}",
    }


@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.parametrize("answer", [200, 302, 400, 404, 500, "away"])
def test_no_line_holds_a_secret(  # noqa: PLR0917 - the parts of an installation
    answer: int | str,
    database: Database,
    tenants: TwoTenants,
    sinks: SinkServers,
    closed_port: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = redirected(sinks, answer) if isinstance(answer, int) else away(sinks, closed_port)
    settings = from_env(sinks.variables() | more)
    add(database, event(tenants.ours, received_at=now() - timedelta(minutes=9)))
    set_up("debug", service="worker")
    monkeypatch.setattr("jobs.alerts.watch.log", structlog.get_logger())
    AlertWatch(database, settings, AlertSender(settings)).step()

    written = capsys.readouterr()
    events = [line for line in written.out.splitlines() if '"event":"alert.' in line.replace(": ", ":")]
    assert len(events) >= 4
    assert "s3cret" not in written.out + written.err
    assert "s3cret" not in repr(settings)
