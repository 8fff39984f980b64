"""What probes of the service's own address say: is it slow, does it answer, and how often did it lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.operating.alerts import rules
from models.operating.measurements import Measurements
from models.tables.upkeep import Measurement

ANSWERED: Final = "probes_answered"  # measurements, with the day (UTC) as their label
FAILED: Final = "probes_failed"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request to the service's own address: how long it took, and why it failed, empty if it did not."""

    seconds: float
    problem: str = ""


class LastProbes:
    """The last probes of the worker that makes them; another one that takes over begins anew."""

    def __init__(self) -> None:
        self._answers: deque[float] = deque(maxlen=rules.SLOW_IN_A_ROW)
        self._failed: int | None = None  # in a row, up to now
        self._problem = ""  # of the last one

    def add(self, probe: Probe) -> None:
        """Take in the next one. One that failed is no slow answer."""
        self._problem = probe.problem
        self._failed = (self._failed or 0) + 1 if probe.problem else 0
        if not probe.problem:
            self._answers.append(probe.seconds)

    def find_slow(self) -> str | None:
        """Return that answers take long, empty once none of the last did, None while they differ."""
        slow = [seconds for seconds in self._answers if seconds > rules.SLOW_ANSWER_S]
        if len(self._answers) < rules.SLOW_IN_A_ROW or 0 < len(slow) < len(self._answers):
            return None
        took = " and ".join(f"{seconds:.1f}" for seconds in slow)
        return f"The service took {took} seconds to answer /health/ready." if slow else ""

    def find_no_answer(self) -> str | None:
        """Return that nothing answers, empty once something did, None while too few failed to say so."""
        if self._failed is None or 0 < self._failed < rules.FAILED_IN_A_ROW:
            return None
        if not self._failed:
            return ""
        return f"The service does not answer /health/ready: {self._failed} probes failed ({self._problem})."


def count_probe(measurements: Measurements, probe: Probe, at: datetime) -> None:
    """Count a probe for the uptime of its day."""
    measurements.count(FAILED if probe.problem else ANSWERED, at.date().isoformat())


def find_low_uptime(measured: Mapping[str, Mapping[str, float]], at: datetime) -> str | None:
    """Return which share of the probes was answered, if that is too low; empty otherwise.

    None where there were too few to tell.
    """
    since = first_day(at).isoformat()
    answered, failed = (
        sum(int(count) for day, count in measured.get(name, {}).items() if day >= since)
        for name in (ANSWERED, FAILED)
    )
    made = answered + failed
    if made < rules.LEAST_PROBES:
        return None
    if answered >= made * rules.LEAST_UPTIME:
        return ""
    share = answered * 10_000 // made / 100  # rounded down: 99.899 % is not 99.9 %
    return f"{share:.2f} % of the {made:,} probes of the last {rules.UPTIME_DAYS} days were answered."


def first_day(at: datetime) -> date:
    """Return the first of the days whose probes count."""
    return at.date() - timedelta(days=rules.UPTIME_DAYS - 1)


def delete_old_probes(session: Session, at: datetime) -> None:
    """Delete the sums of days that count no more."""
    old = (Measurement.name.in_((ANSWERED, FAILED)), Measurement.label < first_day(at).isoformat())
    session.execute(delete(Measurement).where(*old))
