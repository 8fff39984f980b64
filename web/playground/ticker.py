"""A version that grows with every visible change, for pages that wait for one."""

from threading import Condition


class Ticker:
    """`has_ended` once the process ends: then nobody waits any more."""

    def __init__(self) -> None:
        self.version = 0
        self.has_ended = False
        self._changed = Condition()

    def tick(self) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    def wait(self, since: int, timeout: float) -> int:
        """The present version, as soon as it is above `since`, at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_ended or self.version > since, timeout)
            return self.version
