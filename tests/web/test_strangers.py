"""Guessing gets slow, address by address."""

from web.strangers import MOST_ADDRESSES, PER_MINUTE, Strangers


def test_an_address_may_be_wrong_so_often_a_minute() -> None:
    strangers = Strangers(per_minute=3)

    assert [strangers.is_too_many("a") for _ in range(5)] == [False, False, False, True, True]
    assert not strangers.is_too_many("b")


def test_many_addresses_do_not_fill_the_memory() -> None:
    strangers = Strangers()
    for number in range(MOST_ADDRESSES * 2):
        strangers.is_too_many(str(number))

    assert len(strangers._counts) <= MOST_ADDRESSES + 1
    assert PER_MINUTE > 0
