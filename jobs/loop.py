"""Threads of a worker that go their rounds: a step after the other while there is work, then a short rest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

from models.errors import DatabaseUnavailable

REST_S: Final = 1.0
END_WITHIN_S: Final = 2.0

log = structlog.get_logger()


class PollingLoop(threading.Thread):
    """Takes `step` again and again; a step says whether there was something to do.

    For work that asks the network, which must never keep the clock waiting.
    """

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        super().__init__(name=name, daemon=True)
        self._step = step
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            if not self._has_worked():
                self._over.wait(REST_S)

    def stop(self) -> None:
        """Begin no further step; one that is under way may go on for a moment, and dies with the process."""
        self._over.set()
        self.join(END_WITHIN_S)

    def _has_worked(self) -> bool:
        try:
            return self._step()
        except DatabaseUnavailable as away:
            log.warning("rounds.database_away", loops=self.name, why=str(away))
        except Exception:
            log.exception("rounds.unforeseen", loops=self.name)
        return False
