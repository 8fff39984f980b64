"""The simulated time moves only as far as a test moves it."""

from datetime import datetime, timedelta

from web.playground.pipedrive.clock import Clock


def test_time_goes_forward_and_back_and_listeners_hear_of_it() -> None:
    clock, heard = Clock(), list[float]()
    before = clock.moment()
    clock.listeners.append(lambda: heard.append(clock.ahead))
    clock.forward(7200)
    assert clock.moment() - before >= timedelta(hours=2)
    clock.forward(-9000)
    assert clock.moment() < before
    assert heard == [7200, -1800]


def test_a_stopped_clock_goes_where_it_is_sent() -> None:
    clock = Clock()
    clock.stop()
    before = clock.now()
    assert clock.now() == before
    clock.forward(3)
    assert clock.now() == before + 3


def test_it_writes_as_pipedrive_does() -> None:
    clock = Clock()
    assert clock.text().endswith("Z")
    assert len(clock.text()) == len("2026-11-21T10:00:00Z")
    assert len(clock.exact()) == len("2026-11-21T10:00:00.000Z")
    assert datetime.fromisoformat(clock.exact()).date().isoformat() == clock.day()
