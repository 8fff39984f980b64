"""Sends alerts to the sinks that the settings set up: each severity to its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from jobs.alerts.sinks.chat import ChatSink
from jobs.alerts.sinks.mail import MailSink
from jobs.alerts.sinks.pagerduty import PagerDutySink
from jobs.alerts.sinks.text_webhook import TextWebhookSink
from models.alert_routes import Severity, SinkName, sinks_for
from models.operating.alerts.codes import Alert
from models.settings import Settings


class AlertSink(Protocol):
    """A place that takes alerts, one at a time."""

    def send(self, alert: Alert) -> None:
        """Send one alert.

        Raises AppError if it was not taken, TemporaryFailure if the sink takes none for now. Neither contains
        an address or a key.
        """


SINKS: Final[Mapping[SinkName, Callable[[Settings], AlertSink]]] = {
    SinkName.CHAT: ChatSink,
    SinkName.SLACK: TextWebhookSink,
    SinkName.EMAIL: MailSink,
    SinkName.PAGERDUTY: PagerDutySink,
}


class AlertSender:
    """Knows the sinks that are set up; where there is none, nobody is alerted."""

    def __init__(self, settings: Settings) -> None:
        self._routes = settings.alert_routes
        self._sinks = {name: SINKS[name](settings) for name in settings.alert_sinks}

    @property
    def has_recipients(self) -> bool:
        return bool(self._sinks)

    def sinks_for(self, severity: Severity) -> tuple[SinkName, ...]:
        """Return which sinks get the alerts of a severity."""
        return sinks_for(severity, self._routes, tuple(self._sinks))

    def send(self, alert: Alert, to: SinkName) -> bool:
        """Send an alert to one sink; return False, having sent nothing, if that is no longer set up.

        Raises AppError if it was not taken.
        """
        if to not in self._sinks:
            return False
        self._sinks[to].send(alert)
        return True
