"""Injected faults: a status, a delay, a dropped response, no response; for some requests, or until ended."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Any

from web.playground.wire import Answer, answer_json


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests whose path contains `where`.

    Without a `where`: to the next writes at Chat, to the next requests at Pipedrive.
    `status` is returned without doing the work, with `headers` and the `body` (a dictionary becomes JSON,
    text HTML; None is the server's usual error). Without a status the work is done, and the
    response comes after `delay` seconds, is dropped (`drop`) or never comes (`hang`). Of one that is `lost`
    no work is done, and no response comes.
    """

    times: int = 1
    where: str = ""
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    hang: bool = False
    lost: bool = False

    def refusal(self, usual: Answer) -> Answer:
        """The response of a fault with a status; `usual` if it has no body."""
        if isinstance(self.body, str):
            html = {"Content-Type": "text/html; charset=UTF-8"}
            usual = Answer(usual.status, self.body.encode(), html | self.headers)
        elif self.body is not None:
            usual = answer_json(self.body, usual.status, self.headers)
        return replace(usual, delay=self.delay)

    def disturb(self, answer: Answer) -> Answer:
        """The response to work that was done: delayed, dropped or withheld."""
        return replace(answer, delay=self.delay, drop=self.drop, hang=self.hang)


class Faults:
    """The injected faults in order; each request takes the first that matches it.

    Those that were `kept` by a name are for all requests that take no other one, until they are ended.
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._kept: dict[str, Fault] = {}
        self._lock = Lock()

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def order_from(self, fault: Mapping[str, Any]) -> None:
        """The same from JSON; raises TypeError for an unknown key."""
        self.order(Fault(**fault))

    def keep(self, name: str, fault: Fault) -> None:
        with self._lock:
            self._kept[name] = fault

    def end(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)

    def kept(self) -> list[str]:
        with self._lock:
            return list(self._kept)

    def take(self, path: str, *, anywhere: bool = True) -> Fault | None:
        """The fault for a request to `path`; one without a `where` matches only if `anywhere` is true."""
        if not self._waiting and not self._kept:
            return None
        with self._lock:
            for fault in self._waiting:
                if _matches(fault, path, anywhere=anywhere):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
            kept = self._kept.values()
            return next((fault for fault in kept if _matches(fault, path, anywhere=anywhere)), None)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._kept.clear()

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._waiting]


def _matches(fault: Fault, path: str, *, anywhere: bool) -> bool:
    return fault.where in path if fault.where else anywhere
