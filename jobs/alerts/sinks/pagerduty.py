"""Alerts as incidents of PagerDuty, by its Events API v2; one that is over is resolved."""

from __future__ import annotations

from typing import Any, Final

from jobs.to_operator.post import post_json
from models.alert_routes import Severity
from models.operating.alerts.codes import Alert
from models.settings import Settings

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1024
SEVERITIES: Final = {
    Severity.WARNING: "warning",
    Severity.CRITICAL: "error",
    Severity.OUTAGE: "critical",  # the highest that PagerDuty knows
}


class PagerDutySink:
    """Posts to ALERT_PAGERDUTY_URL with the integration key ALERT_PAGERDUTY_KEY."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.alert_pagerduty_url
        self._key = settings.alert_pagerduty_key
        self._base_url = settings.base_url
        self._prefix = settings.alert_prefix

    def send(self, alert: Alert) -> None:
        event: dict[str, Any] = {
            "routing_key": self._key,
            "event_action": "resolve" if alert.is_over else "trigger",
            # Stable, so that PagerDuty makes one incident of an alert that is sent again.
            "dedup_key": f"pipenotify {alert.code} {self._base_url}"[:LONGEST_KEY],
        }
        if not alert.is_over:
            event |= {"client": "Pipenotify", "client_url": self._base_url, "payload": self._payload(alert)}
        post_json(self._url, event)

    def _payload(self, alert: Alert) -> dict[str, Any]:
        return {
            "summary": f"{self._prefix}{alert.words}"[:LONGEST_SUMMARY],
            "source": self._base_url,
            "severity": SEVERITIES[alert.severity],
            "component": "pipenotify",
            "class": alert.code,
            "custom_details": {"code": alert.code, "severity": alert.severity, "words": alert.words},
        }
