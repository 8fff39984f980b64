"""The burst limit is enforced on our side, before a call would exceed it."""

from contextlib import ExitStack, suppress

import pytest

from jobs.to_pipedrive.errors import CallsPaused
from jobs.to_pipedrive.rate_limit import FEWEST_A_WINDOW, MANY_TOKENS, POLL_S, WINDOW_S, BurstLimiter
from tests.clock import Clock


class Bed:
    """Sleeping that takes no time but the clock's."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.at += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bed(clock: Clock) -> Bed:
    return Bed(clock)


@pytest.fixture
def burst_limiter(clock: Clock, bed: Bed) -> BurstLimiter:
    return BurstLimiter(clock, bed)


def call(burst_limiter: BurstLimiter, token: str = "ours", status: int = 200, **headers: str) -> None:
    with burst_limiter.call_slot(token, 10.0) as call_slot:
        call_slot.heard(status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_the_81st_call_waits_until_the_first_has_left_the_window(
    burst_limiter: BurstLimiter, bed: Bed
) -> None:
    for _ in range(FEWEST_A_WINDOW):
        call(burst_limiter)
    assert bed.slept == []
    call(burst_limiter)
    assert bed.slept == [WINDOW_S]


def test_a_bigger_plan_is_used(burst_limiter: BurstLimiter, bed: Bed) -> None:
    for _ in range(160):
        call(burst_limiter, x_ratelimit_limit="160", x_ratelimit_remaining="5")
    assert bed.slept == []
    call(burst_limiter)
    assert bed.slept == [WINDOW_S]


def test_tokens_do_not_wait_for_each_other(burst_limiter: BurstLimiter, bed: Bed) -> None:
    for token in ("ours", "theirs"):
        for _ in range(FEWEST_A_WINDOW):
            call(burst_limiter, token)
    assert bed.slept == []


def test_when_nothing_is_left_the_next_call_waits_for_the_reset(
    burst_limiter: BurstLimiter, bed: Bed
) -> None:
    call(burst_limiter, x_ratelimit_remaining="0", x_ratelimit_reset="1.5")
    call(burst_limiter)
    assert bed.slept == [1.5]


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({}, [WINDOW_S]),
        ({"x_ratelimit_reset": "2"}, [2.0]),
        ({"retry_after": "7", "x_ratelimit_reset": "2"}, [7.0]),
        ({"retry_after": "soon"}, [WINDOW_S]),
        ({"retry_after": "0"}, [WINDOW_S]),
        ({"retry_after": "3600"}, []),  # no burst: the meter holds the tenant then
    ],
)
def test_after_a_429_the_token_rests_as_asked(
    burst_limiter: BurstLimiter, bed: Bed, headers: dict[str, str], rest: list[float]
) -> None:
    call(burst_limiter, status=429, **headers)
    call(burst_limiter)
    assert bed.slept == rest


def test_who_has_less_time_than_the_wait_needs_notice_so_at_once(
    burst_limiter: BurstLimiter, bed: Bed
) -> None:
    call(burst_limiter, status=429, retry_after="5")
    with pytest.raises(CallsPaused) as told, burst_limiter.call_slot("ours", 4.9):
        pytest.fail("it went")
    assert told.value.retry_after == 5.0
    assert bed.slept == []


def test_a_call_waits_while_as_many_as_may_are_under_way(clock: Clock) -> None:
    under_way = ExitStack()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.at += seconds
        under_way.close()

    burst_limiter = BurstLimiter(clock, sleep)
    for _ in range(FEWEST_A_WINDOW):
        under_way.enter_context(burst_limiter.call_slot("ours", 10.0))
    call(burst_limiter)

    # Until they ended, and until they had left the window.
    assert slept[0] == POLL_S
    assert clock.at == pytest.approx(POLL_S + WINDOW_S)


def test_a_call_that_failed_gives_its_place_back(burst_limiter: BurstLimiter, bed: Bed, clock: Clock) -> None:
    for _ in range(FEWEST_A_WINDOW):
        with suppress(OSError), burst_limiter.call_slot("ours", 10.0):
            raise OSError("cut")
    clock.at += WINDOW_S
    call(burst_limiter)
    assert bed.slept == []


def test_tokens_of_yesterday_are_forgotten(burst_limiter: BurstLimiter, clock: Clock) -> None:
    for number in range(MANY_TOKENS + 1):
        call(burst_limiter, str(number))
    clock.at += WINDOW_S
    call(burst_limiter)
    assert set(burst_limiter._windows) == {"ours"}
