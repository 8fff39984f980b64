"""Leases are renewed while the coordinator works, also when it computes for long or the database fails."""

from __future__ import annotations

import time

from jobs.deliveries.lease_keeper import LeaseKeeper
from models.errors import DatabaseUnavailable
from tests.stack import wait_until


def test_leases_are_renewed_whatever_one_renewal_did() -> None:
    renewed: list[float] = []

    def renew() -> None:
        renewed.append(time.monotonic())
        raise DatabaseUnavailable("away") if len(renewed) == 1 else ZeroDivisionError

    keeper = LeaseKeeper(renew, every_s=0.01)
    keeper.start()
    wait_until(lambda: len(renewed) >= 3, 10)
    keeper.stop()

    assert not keeper.is_alive()


def test_a_coordinator_that_hangs_loses_its_leases() -> None:
    renewed: list[int] = []
    keeper = LeaseKeeper(lambda: renewed.append(1), every_s=0.001, most_silence_s=-1.0)
    keeper.start()
    time.sleep(0.05)
    keeper.stop()

    assert renewed == []
