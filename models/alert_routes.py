"""Which alerts go where: each severity has its sinks, and no alert is without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How urgent an alert is: to be looked at soon, to be mended today, customers get no cards."""

    WARNING = "warning"
    CRITICAL = "critical"
    OUTAGE = "outage"


class SinkName(StrEnum):
    """A place that alerts can go to; the one that disturbs least is first."""

    CHAT = "chat"
    SLACK = "slack"
    EMAIL = "email"
    PAGERDUTY = "pagerduty"


Routes = Mapping[Severity, tuple[SinkName, ...]]
DEFAULT_ROUTES: Final[Routes] = {
    Severity.WARNING: (SinkName.CHAT, SinkName.SLACK),
    Severity.CRITICAL: (SinkName.CHAT, SinkName.SLACK, SinkName.EMAIL),
    Severity.OUTAGE: tuple(SinkName),
}
FORM: Final = (
    "severities (warning, critical, outage) and their sinks (chat, slack, email, pagerduty), "
    "like warning=chat outage=chat,pagerduty"
)


def parse_routes(text: str) -> Routes:
    """Read `warning=chat,slack outage=pagerduty`; a severity that is not named keeps its default.

    Raises ValueError that says what the text should be.
    """
    given: dict[Severity, tuple[SinkName, ...]] = {}
    for part in text.lower().strip("\"'").split():  # `docker run --env-file` leaves quotes where they are
        name, _, sinks = part.partition("=")
        try:
            severity = Severity(name)
            routed = tuple(SinkName(sink) for sink in sinks.split(","))
        except ValueError:
            raise ValueError(f"{FORM}, not {text[:200]!r}") from None
        if severity in given:
            raise ValueError(f"one list of sinks for each severity: {severity} is there twice")
        given[severity] = routed
    return {**DEFAULT_ROUTES, **given}


def sinks_for(severity: Severity, routes: Routes, configured: Sequence[SinkName]) -> tuple[SinkName, ...]:
    """Return which of the configured sinks get the alerts of a severity.

    Where none of its own is configured, the first one that is gets them: an alert is never lost to a route.
    """
    routed = tuple(each for each in configured if each in routes[severity])
    return routed or tuple(configured[:1])
