"""The pace of a command that takes long: so many rows a minute, until Ctrl-C ends it in good order."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Final, Self

from models.deliveries.replay import BATCH

MOST_A_MINUTE: Final = 60 * BATCH
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Pace:
    """Batches of a second, or of a single row where fewer than one a second are wanted. None: no limit."""

    def __init__(self, per_minute: int | None) -> None:
        self.batch = BATCH if per_minute is None else max(1, per_minute // 60)
        self._pause_s = 0.0 if per_minute is None else 60.0 * self.batch / per_minute
        self._stopped = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    @property
    def was_stopped(self) -> bool:
        return self._stopped.is_set()

    def goes_on(self) -> bool:
        """Wait until the next batch may go; False if the command shall end."""
        return not self._stopped.wait(self._pause_s)

    def __enter__(self) -> Self:
        self._before = {each: signal.signal(each, self._stop) for each in SIGNALS}
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stopped.set()
