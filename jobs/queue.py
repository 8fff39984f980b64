"""The only file that knows RQ: the queue, the jobs, and how a sleeping worker is woken.

No event is in Redis. One RQ job drains the database of many events and stays while more come; it is enqueued
only when no worker drains. While one does, a token on a list wakes it.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException

from jobs.process.redis_connection import OwnConnection, ask, packed
from models.errors import Interruption

QUEUE: Final = "pipenotify"
DRAIN: Final = "jobs.drain.drain"
JOB_TIMEOUT_S: Final = 120
MOST_SLOTS: Final = 64
SLOT_MS: Final = 3000
REQUEST_MS: Final = 2000
_WAKE: Final = b"pipenotify:wake"
# Raised by a signal wherever the process happens to be: never the fault of what it works on.
INTERRUPTIONS: Final = (StopRequested, JobTimeoutException)
for _each in INTERRUPTIONS:
    Interruption.register(_each)


def connect(url: str) -> redis.Redis:
    """Return a client that answers or fails fast: everything goes on without Redis."""
    return redis.Redis.from_url(
        url, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0), health_check_interval=30
    )


def wake(client: redis.Redis, connection: OwnConnection | None = None) -> None:
    """Wake a worker that drains; enqueue a drain when none does. Raises redis.RedisError.

    `connection` is the calling thread's own, if it wakes often.
    """
    pushed, _, is_drained = connection.ask(_WAKE_UP, 3) if connection else ask(client, _WAKE_UP, 3)
    if isinstance(pushed, redis.ResponseError):
        client.delete(_WAKE)  # a key of another type under our name
    if is_drained != 1:
        request_drain(client, 0)


def request_drain(client: redis.Redis, slot: int) -> bool:
    """Enqueue a drain for a slot, unless one was enqueued just now; return whether it was.

    The marker expires by itself, so that a job which is lost with its worker is enqueued again.
    """
    if not client.set(f"pipenotify:asked:{slot}", b"1", px=REQUEST_MS, nx=True):
        return False
    queue_of(client).enqueue(
        DRAIN,
        slot,
        job_id=f"drain-{slot}-{uuid.uuid4().hex[:8]}",
        job_timeout=JOB_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=3600,
        description=f"drain, slot {slot}",
    )
    return True


def request_helper(client: redis.Redis, slot: int) -> None:
    """Request that an idle worker drains beside the one of `slot`, unless enough do or another job waits."""
    if slot + 1 < MOST_SLOTS and waiting_jobs(client) == 0:
        request_drain(client, slot + 1)


def queue_of(client: redis.Redis) -> Queue:
    """Return the one queue; a worker that listens to two of them loses jobs (BLPOP)."""
    return Queue(QUEUE, connection=client, serializer=JSONSerializer)


class Slot:
    """The right to be one of the drains; it is free again three seconds after its worker died."""

    def __init__(self, client: redis.Redis, number: int) -> None:
        self._client = client
        self._key = _slot_key(number)
        self._token = uuid.uuid4().hex

    def claim(self) -> bool:
        return bool(self._client.set(self._key, self._token, px=SLOT_MS, nx=True))

    def renew(self) -> None:
        self._client.set(self._key, self._token, px=SLOT_MS)

    def release(self) -> None:
        self._client.delete(self._key)

    def connect(self) -> OwnConnection:
        return OwnConnection(self._client)

    def wait(self, seconds: float, connection: OwnConnection | None = None) -> bool:
        """Wait for a wake-up; return whether one came. `connection` as that of `wake`."""
        asked = packed((b"BLPOP", _WAKE, b"%g" % seconds))
        (came,) = connection.ask(asked, 1) if connection else ask(self._client, asked, 1)
        if isinstance(came, redis.RedisError):
            raise came
        return came is not None


def _slot_key(number: int) -> str:
    return f"pipenotify:draining:{number}"


_WAKE_UP: Final = packed(
    (b"LPUSH", _WAKE, b"1"), (b"LTRIM", _WAKE, b"0", b"0"), (b"EXISTS", _slot_key(0).encode())
)


def waiting_jobs(client: redis.Redis) -> int:
    """Return how many jobs wait for a worker."""
    return len(queue_of(client))


def workers(client: redis.Redis) -> int:
    """Return how many workers serve the queue."""
    return SimpleWorker.count(queue=queue_of(client))


class Worker(SimpleWorker):
    """An RQ worker that runs its jobs in its own process: a fork per batch would cost 11 ms each.

    `on_stop` is called when the worker shall end, so that the running drain can give its claims back.
    `is_stopping` tells whether it should end already when it begins.
    """

    on_stop: Any = staticmethod(lambda: None)
    is_stopping: Any = staticmethod(lambda: False)

    def _install_signal_handlers(self) -> None:
        """Listen to signals; one that came just before was heard by others, and must not be lost."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # RQ leaves it untyped
        if self.is_stopping():
            self._stop_requested = True

    def request_stop(self, signum: Any, frame: Any) -> None:
        self.on_stop()
        try:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ leaves it untyped
        except redis.RedisError:
            raise StopRequested from None


def worker(client: redis.Redis) -> Worker:
    """Return a worker of the one queue, with the short leases that make RQ notice a death early."""
    made: Worker = Worker(
        [queue_of(client)],
        connection=client,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=30,
        job_monitoring_interval=5,
    )
    return made
