"""What a sink is: a place that takes alerts."""

from __future__ import annotations

from typing import Protocol

from models.operating.alerts.codes import Alert


class AlertSink(Protocol):
    """Takes alerts, one at a time."""

    def send(self, alert: Alert) -> None:
        """Send one alert.

        Raises AppError if it was not taken, TemporaryFailure if the sink takes none for now. Neither contains
        an address or a key.
        """
