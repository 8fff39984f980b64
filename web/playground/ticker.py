"""A version that grows with every visible change, for pages that wait for one."""

from threading import Condition


class Ticker:
    def __init__(self) -> None:
        self.version = 0
        self._changed = Condition()

    def tick(self) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait(self, since: int, timeout: float) -> int:
        """The present version, as soon as it is above `since`, at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.version > since, timeout)
            return self.version
