"""Guessing is slowed down, per address."""

import pytest

from tests.clock import Clock
from tests.web.browser import Standing
from web.security.rate_limit import MOST_ADDRESSES, PER_MINUTE, FailureCounter, address_of


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.security.rate_limit.time", Standing())


def test_an_address_may_be_wrong_so_often_a_minute() -> None:
    failures = FailureCounter(most=3)

    assert [failures.is_too_many("192.0.2.1") for _ in range(5)] == [False, False, False, True, True]
    assert not failures.is_too_many("192.0.2.2")


def test_many_addresses_do_not_fill_the_memory() -> None:
    failures = FailureCounter()
    for number in range(MOST_ADDRESSES * 2):
        failures.is_too_many(str(number))

    assert len(failures._counts) <= MOST_ADDRESSES + 1
    assert PER_MINUTE > 0


def test_to_ask_whether_an_address_is_shut_out_counts_nothing() -> None:
    failures = FailureCounter(most=2, window_s=300)

    assert [failures.is_shut_out("192.0.2.1") for _ in range(5)] == [False] * 5
    assert not failures.is_too_many("192.0.2.1")
    assert not failures.is_shut_out("192.0.2.1")
    assert not failures.is_too_many("192.0.2.1")
    assert failures.is_shut_out("192.0.2.1")
    assert not failures.is_shut_out("192.0.2.2")


@pytest.mark.parametrize(
    ("hops", "told", "address"),
    [
        (0, "198.51.100.1", "peer"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "192.0.2.7, 198.51.100.1", "198.51.100.1"),
        (2, "192.0.2.7,198.51.100.1", "192.0.2.7"),
        (2, "198.51.100.1", "peer"),
        (1, "", "peer"),
        (1, " , ", "peer"),
    ],
)
def test_an_address_is_what_our_outermost_proxy_saw(hops: int, told: str, address: str) -> None:
    assert address_of(told, "peer", hops) == address


def test_every_window_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("web.security.rate_limit.time.monotonic", clock, raising=False)
    failures = FailureCounter(most=1, window_s=300)
    assert [failures.is_too_many("192.0.2.1") for _ in "ab"] == [False, True]
    clock.at = 299.0
    assert failures.is_shut_out("192.0.2.1")
    clock.at = 300.0

    assert not failures.is_shut_out("192.0.2.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("no address", ""),
        ("1" * 250_000, ""),
        ("192.0.2.1:443", ""),
    ],
)
def test_failures_are_counted_by_network_and_no_text_of_a_stranger_is_kept(
    address: str, network: str
) -> None:
    failures = FailureCounter(most=1)
    assert [failures.is_too_many(address) for _ in "ab"] == [False, True]
    assert list(failures._counts) == [network]
