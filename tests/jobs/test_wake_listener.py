"""The wake listener: which drain is woken."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis

from jobs.queue import Slot, wake
from jobs.wake_listener import WakeListener
from tests.stack import wait_until


@pytest.mark.parametrize("takes_wakes", [True, False])
def test_a_wake_is_left_to_the_first_drain(redis: Redis, *, takes_wakes: bool) -> None:
    slot = Slot(redis, 0 if takes_wakes else 1)
    slot.claim()
    wake(redis)
    listener = WakeListener(slot, takes_wakes=takes_wakes)
    listener.start()
    try:
        if takes_wakes:
            assert listener.inbox.get(timeout=50) is None
        else:
            redis.delete(slot._key)
            wait_until(
                lambda: redis.exists(slot._key), 50
            )  # it has renewed its slot, and so is past the wake
            redis.delete(slot._key)
            wait_until(lambda: redis.exists(slot._key), 50)
            assert listener.inbox.empty()
    finally:
        listener.stop()
    assert Slot(redis, 0).wait(0.01) is not takes_wakes


def test_its_connection_is_closed_when_it_ends(redis: Redis) -> None:
    def listening() -> list[Any]:
        return [each for each in redis.client_list() if each["cmd"] == "blpop"]

    slot = Slot(redis, 0)
    slot.claim()
    listener = WakeListener(slot, takes_wakes=True)
    listener.start()
    wait_until(listening, 50)
    listener.stop()
    wait_until(lambda: not listening(), 50)
