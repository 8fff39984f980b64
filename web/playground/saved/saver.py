"""Writes the state a moment after each change, from a thread of its own."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from web.playground.saved.state_file import StateFile
from web.playground.ticker import Ticker

PAUSE_S = 0.25  # the most that kill -9 loses, as long as the state is small
SHARE = 10  # of a large state: one part writing, nine parts not
LOOKS_EVERY_S = 5.0

_log = logging.getLogger(__name__)


class Saver:
    """`state()` returns what is written whenever the ticker moved. `close` writes the last of it."""

    def __init__(self, file: StateFile, ticker: Ticker, state: Callable[[], dict[str, Any]]) -> None:
        self._file = file
        self._ticker = ticker
        self._state = state
        self._saved = -1
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True, name="saver")

    def start(self) -> None:
        """Write the present state, then each later one. Raises OSError if it cannot be written at all."""
        self._file.remove_leftovers()
        self.save()
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._ticker.tick()
        if self._thread.is_alive():
            self._thread.join()
        self.save()

    def save(self) -> None:
        """Write the present state if it is not written yet."""
        version = self._ticker.version  # read first: a change meanwhile is written once more, never missed
        if version != self._saved:
            self._file.write(self._state())
            self._saved = version

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._ticker.wait(self._saved, LOOKS_EVERY_S)
            began = time.monotonic()
            try:
                self.save()
            except OSError as failure:
                _log.warning("the playground's state was not written: %s", failure.strerror)
            took = time.monotonic() - began
            self._stopped.wait(max(PAUSE_S, took * SHARE))
