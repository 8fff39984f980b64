"""The limits of two seconds and of a day, and the block for clients that ignore them."""

from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.limits import BurstLimit, DailyQuota


def stopped() -> Clock:
    clock = Clock()
    clock.stop()
    return clock


def test_two_seconds_later_a_token_may_ask_again() -> None:
    clock = stopped()
    burst = BurstLimit(clock, 2)
    assert [burst.refuse("a") is None for _ in range(3)] == [True, True, False]
    assert burst.refuse("b") is None
    clock.forward(2)
    assert burst.refuse("a") is None


def test_who_ignores_refusals_gets_the_guards_page_for_a_minute() -> None:
    clock = stopped()
    burst = BurstLimit(clock, 1, patience=3)
    answers = [burst.refuse("a") for _ in range(5)]
    assert [answer.status if answer else 200 for answer in answers] == [200, 429, 429, 429, 403]
    assert answers[4] is not None
    assert answers[4].headers["Content-Type"].startswith("text/html")
    clock.forward(30)
    assert burst.refuse("a") is not None
    clock.forward(31)
    assert burst.refuse("a") is None


def test_the_budget_is_of_a_day() -> None:
    clock = stopped()
    budget = DailyQuota(clock, 15)
    paid = [budget.pay("GET", "/api/v2/deals", 10), budget.pay("GET", "/api/v2/deals", 10)]
    assert paid == [True, False]
    assert budget.pay("PATCH", "/api/v2/deals/{id}", 5)
    assert budget.spent == 15
    clock.forward(24 * 3600)
    assert budget.spent == 0
    assert budget.pay("GET", "/api/v2/deals", 10)
    assert [cost for _, _, cost in budget.calls] == [10, 5, 10]


def test_without_a_limit_all_is_counted() -> None:
    budget = DailyQuota(Clock())
    assert budget.pay("GET", "/v1/users", 10**9)
    assert budget.spent == 10**9
    assert BurstLimit(Clock(), None).headers("a") == {}
