"""What a person may let fail in the demo, until it is ended: Chat hangs or refuses, the worker is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any, Final

from web.playground.faults import Fault, Faults

# The process of the demo that starts the worker. It ends it at one signal, and starts another at the other.
DEMO_PID: Final = "PLAYGROUND_DEMO_PID"
KILL_WORKER: Final = signal.SIGUSR1
START_WORKER: Final = signal.SIGUSR2
WORKER: Final = "worker"
OF_CHAT: Final[Mapping[str, Fault]] = {
    "chat-hangs": Fault(lost=True),
    "chat-429": Fault(status=429, headers={"Retry-After": "3"}),
    "chat-403": Fault(status=403),
}


class Outages:
    """The outages of one demo. `demo_pid` is None where nobody can start another worker."""

    def __init__(self, chat: Faults, demo_pid: int | None = None) -> None:
        self._chat = chat
        self._demo_pid = demo_pid
        self._is_worker_killed = False

    def state(self) -> dict[str, Any]:
        """`{"offered": [...], "active": [...]}`, by their names."""
        killed = [WORKER] if self._is_worker_killed else []
        active = [name for name in self._chat.kept() if name in OF_CHAT]
        return {"offered": [*OF_CHAT, *([WORKER] if self._demo_pid else [])], "active": active + killed}

    def switch(self, name: str, *, on: bool) -> None:
        """Begin or end an outage; of Chat there is one at a time. Raises ValueError for an unknown one."""
        if name not in self.state()["offered"]:
            raise ValueError(f"There is no outage {name}")
        if name == WORKER:
            self._switch_worker(killed=on)
            return
        for each in OF_CHAT:
            self._chat.end(each)
        if on:
            self._chat.keep(name, OF_CHAT[name])

    def _switch_worker(self, *, killed: bool) -> None:
        assert self._demo_pid is not None  # noqa: S101 - else it is not offered
        os.kill(self._demo_pid, KILL_WORKER if killed else START_WORKER)
        self._is_worker_killed = killed
