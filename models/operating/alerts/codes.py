"""The alerts: how severe each is, and what is said once it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from models.alert_routes import Severity
from models.chance import new_id


class AlertCode(StrEnum):
    """What an operator is alerted of; the most severe are first, and are sent first."""

    NO_ANSWER = "no_answer"
    LATE = "late"
    SYNTHETIC = "synthetic"
    ERROR_RATE = "error_rate"
    CONNECTION = "connection"
    DISK = "disk"
    BACKUP = "backup"
    FAILED_CARDS = "failed_cards"
    SLOW_ANSWERS = "slow_answers"
    UPTIME = "uptime"


SEVERITIES: Final = {
    AlertCode.NO_ANSWER: Severity.OUTAGE,
    AlertCode.LATE: Severity.OUTAGE,
    AlertCode.SYNTHETIC: Severity.OUTAGE,
    AlertCode.ERROR_RATE: Severity.CRITICAL,
    AlertCode.CONNECTION: Severity.CRITICAL,
    AlertCode.DISK: Severity.CRITICAL,
    AlertCode.BACKUP: Severity.CRITICAL,
    AlertCode.FAILED_CARDS: Severity.WARNING,
    AlertCode.SLOW_ANSWERS: Severity.WARNING,
    AlertCode.UPTIME: Severity.WARNING,
}
BETTER: Final = {
    AlertCode.NO_ANSWER: "The service answers again.",
    AlertCode.LATE: "Nothing waits for long any more.",
    AlertCode.SYNTHETIC: "The synthetic event arrived again.",
    AlertCode.ERROR_RATE: "Cards arrive again.",
    AlertCode.CONNECTION: "Every company is connected again.",
    AlertCode.DISK: "There is room on the disk again.",
    AlertCode.BACKUP: "There is a backup of the last day again, or none is wanted any more.",
    AlertCode.FAILED_CARDS: "Few cards of the last hour failed.",
    AlertCode.SLOW_ANSWERS: "The service answers in time again.",
    AlertCode.UPTIME: "The uptime of the last 30 days is good again.",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """What is the matter, in words; or, with `is_over`, that it is better again.

    `id` is the same at each try to send it to a sink, so that a lost answer doubles nothing.
    """

    code: AlertCode
    words: str
    is_over: bool = False
    id: str = field(default_factory=new_id, compare=False)

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self.code]

    @property
    def title(self) -> str:
        """The first line of a message about it, or a mail's subject."""
        return f"Pipenotify: {'Better again' if self.is_over else 'Needs you'} ({self.severity})"
