"""Looks for what an operator should know, twice a minute, in one worker at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from jobs.alerts.send import AlertSender
from jobs.to_operator.probe import SelfProbe
from models.alert_routes import SinkName
from models.clock import now
from models.database.engine import Database, Session
from models.errors import AppError, TemporaryFailure
from models.maintenance.job_leases import take_lease
from models.operating.alerts.codes import Alert, AlertCode
from models.operating.alerts.find import ErrorRate, find_disconnected, find_failed_cards, find_late
from models.operating.alerts.notes import Found, Taken, note_taken, pending, read_taken
from models.operating.alerts.probes import LastProbes, count_probe, delete_old_probes, find_low_uptime
from models.operating.backup_age import find_old_backup
from models.operating.disks import full_disks
from models.operating.measurements import ATTEMPTS, MEASUREMENTS, read_measurements
from models.operating.synthetic import find_missing
from models.settings import Settings

EVERY_S: Final = 30.0
LEASE: Final = timedelta(seconds=90)
LEASE_NAME: Final = "alerts"

log = structlog.get_logger()


class AlertWatch:
    """A loop's step: looks, sends what is new, and notes for each sink that it took it."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        sender: AlertSender,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender
        self._clock = clock
        self._probe = SelfProbe(settings)
        self._probes = LastProbes()
        self._error_rate = ErrorRate()
        self._token = uuid.uuid4().hex
        self._is_mine = False  # the lease, at the last look
        self._tried: dict[tuple[AlertCode, bool, SinkName], Alert] = {}
        self._pruned_on: date | None = None
        self._next = 0.0

    def step(self) -> bool:
        """Probe and look, if it is time. An alert that a sink did not take is sent to it at the next look."""
        if self._clock() < self._next:
            return False
        self._next = self._clock() + EVERY_S
        if self._sender.has_recipients:
            if self._is_mine:
                self._make_probe()  # also while the database is away: then the service is, too
            self._take_turn()
        return False

    def _take_turn(self) -> None:
        self._is_mine = self._has_lease()
        if self._is_mine:
            self.look()
        else:
            self._probes = LastProbes()  # whoever has the lease probes; what was before is no longer the last

    def _has_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, LEASE_NAME, self._token, now(), now() + LEASE)

    def _make_probe(self) -> None:
        probe = self._probe.ask()
        self._probes.add(probe)
        count_probe(MEASUREMENTS, probe, now())

    def look(self) -> None:
        """Look now, and send what is new or over."""
        at = now()
        with self._database.reading_all() as session:
            taken = read_taken(session)
            found = self.find(session, at, taken)
        away: set[SinkName] = set()
        for alert, sink in self._with_ids(pending(found, taken, self._sender.sinks_for)):
            if sink not in away and self._has_lease() and not self._send(alert, sink):
                away.add(sink)
        self._prune(at)

    def _with_ids(self, wanted: Iterable[tuple[Alert, SinkName]]) -> Sequence[tuple[Alert, SinkName]]:
        """Return what is to be sent with the ids of earlier tries; those of all else are forgotten."""
        tried, self._tried = self._tried, {}
        for alert, sink in wanted:
            known = tried.get((alert.code, alert.is_over, sink))
            self._tried[alert.code, alert.is_over, sink] = replace(alert, id=known.id) if known else alert
        return [(alert, sink) for (_, _, sink), alert in self._tried.items()]

    def find(self, session: Session, at: datetime, taken: Taken) -> Found:
        """Return for each alert what is the matter; it is empty if nothing is, None if neither is known."""
        measured = read_measurements(session)
        return {
            AlertCode.NO_ANSWER: self._probes.find_no_answer(),
            AlertCode.LATE: find_late(session, at, is_known=AlertCode.LATE in taken),
            AlertCode.SYNTHETIC: self._find_missing(session, at),
            AlertCode.ERROR_RATE: self._error_rate.judge(measured.get(ATTEMPTS, {}), at),
            AlertCode.CONNECTION: find_disconnected(session),
            AlertCode.DISK: " ".join(full_disks(self._database, self._settings)),
            AlertCode.BACKUP: find_old_backup(session, at),
            AlertCode.FAILED_CARDS: find_failed_cards(measured, at),
            AlertCode.SLOW_ANSWERS: self._probes.find_slow(),
            AlertCode.UPTIME: find_low_uptime(measured, at),
        }

    def _prune(self, at: datetime) -> None:
        if self._pruned_on != at.date():
            with self._database.writing_all() as session:
                delete_old_probes(session, at)
            self._pruned_on = at.date()

    def _find_missing(self, session: Session, at: datetime) -> str:
        every = timedelta(minutes=self._settings.synthetic_every_minutes)
        return find_missing(session, at, every) if every else ""

    def _send(self, alert: Alert, sink: SinkName) -> bool:
        """Send to one sink and note it; return False if that sink takes nothing for now."""
        about = {"code": alert.code, "sink": sink, "alert_severity": alert.severity}
        try:
            was_sent = self._sender.send(alert, sink)
        except AppError as refused:
            log.warning("alert.not_sent", **about, why=str(refused))
            return not isinstance(refused, TemporaryFailure)
        except Exception:  # one sink never keeps an alert from the others
            log.exception("alert.unexpected", **about)
            return False
        with self._database.writing_all() as session:
            note_taken(session, alert, sink, now())
        self._tried.pop((alert.code, alert.is_over, sink), None)
        if was_sent:
            log.warning("alert.sent", **about, is_over=alert.is_over, words=alert.words)
        return True
