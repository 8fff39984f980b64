"""A burst is told in few cards: the final state of each object soon, the largest and urgent first."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from models.deliveries.burst import MOST_LINES
from tests.conftest import TwoTenants
from tests.engine import NOON, OTHER_SPACE, SPACE, Bench, deal, link
from web.playground.faults import Fault
from web.playground.google.errors import GoogleError

CHANGES: Final = 500
DEALS: Final = 120
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # SQL: test_waiting
STEP: Final = timedelta(seconds=0.25)
MOST_WRITES: Final = 15
MOST_AGE_S: Final = 20.0


@dataclass
class Burst:
    """A burst of changes in a space, in virtual time, with Chat's own quotas; and what became visible when.

    `last` is when each deal changed last and to what value; `seen` when a card first showed that.
    """

    bench: Bench
    tenant_id: int
    beside: Callable[[Burst, float], None] = lambda _burst, _second: None
    values: dict[int, int] = field(default_factory=dict)
    last: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    seen: dict[int, datetime] = field(default_factory=dict)
    wrote_at: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench.chat.quota.__init__(1.0, 3000, self._seconds)  # type: ignore[misc]

    def _seconds(self) -> float:
        return (self.bench.clock.at - NOON).total_seconds()

    def change(self, number: int, **meta: Any) -> None:
        """Raise the value of a deal; each value is given once, so that a card shows which it knows."""
        before = self.values.get(number, number * 10_000)
        self.values[number] = value = before + 1
        body = deal(number, action="change", value=value, title=f"Deal {number:03}")
        body["meta"] |= meta
        self.bench.receive(self.tenant_id, body | {"previous": {"value": before}})
        self.last[number] = (self.bench.clock.at, f"Deal {number:03}.*?{value:,}")

    def run(self, changes: list[tuple[float, int]], **meta: Any) -> None:
        """Make changes (second, deal) at their times, then wait until all is sent."""
        left = sorted(changes)
        while left or self.bench.open_deliveries():
            while left and self._seconds() >= left[0][0]:
                self.change(left.pop(0)[1], **meta)
            self.beside(self, self._seconds())
            self.step()
            assert self._seconds() < 600

    def step(self) -> None:
        """One step of the engine; afterwards time goes on."""
        self.bench.spread()
        for _ in self.bench.send_due():
            self.note_writes()
        self.bench.clock.at += STEP

    def note_writes(self) -> None:
        cards = self.bench.chat.cards(SPACE)
        while len(self.wrote_at) < len(cards):
            text = _text(cards[len(self.wrote_at)])
            self.wrote_at.append(self.bench.clock.at)
            for number, (at, final) in self.last.items():
                if re.search(final, text):
                    self.seen[number] = max(at, self.bench.clock.at)
                elif self.seen.get(number, at) < at:
                    del self.seen[number]

    @property
    def ages(self) -> list[float]:
        """How old the final state of each deal was when a card showed it, in seconds, ascending."""
        return sorted((self.seen[number] - at).total_seconds() for number, (at, _) in self.last.items())

    def statuses(self) -> Counter[int]:
        return Counter(int(write.status or 0) for write in self.bench.chat.writes(SPACE))


def _text(card: dict[str, Any]) -> str:
    """All texts of a card, those of one widget on one line."""
    found = card["cardsV2"][0]["card"]
    widgets = [str(widget) for section in found["sections"] for widget in section["widgets"]]
    return "\n".join([str(found["header"]), *widgets])


def evenly(seconds: float, seed: int = 1) -> list[tuple[float, int]]:
    """500 changes to 120 deals, evenly over so many seconds."""
    chance = random.Random(seed)
    return [(index * seconds / CHANGES, chance.randrange(1, DEALS + 1)) for index in range(CHANGES)]


@pytest.fixture
def burst(bench: Bench, tenants: TwoTenants) -> Burst:
    link(bench.database, tenants.ours)
    return Burst(bench, tenants.ours)


@pytest.mark.parametrize("seconds", [60, 10])
def test_final_states_are_visible_within_20_s_in_15_writes(burst: Burst, seconds: float) -> None:
    burst.run(evenly(seconds))

    assert set(burst.seen) == set(burst.last)
    assert burst.ages[-1] <= MOST_AGE_S
    assert len(burst.wrote_at) <= MOST_WRITES
    assert burst.statuses() == {200: len(burst.wrote_at)}
    assert {each.state for each in burst.bench.deliveries(burst.tenant_id)} == {"delivered"}
    assert sum(_events_of(card) for card in burst.bench.chat.cards(SPACE)) == CHANGES


def test_urgent_cards_go_first_and_large_objects_before_small_ones(burst: Burst, tenants: TwoTenants) -> None:
    link(burst.bench.database, tenants.ours, on=["deal.won"], is_urgent=True, name="Wins")
    waited: list[float] = []

    def win_one(burst: Burst, second: float) -> None:
        if second == 20.0:
            won = deal(999, action="change", status="won") | {"previous": {"status": "open"}}
            burst.bench.receive(tenants.ours, won)
        if second > 20.0 and not waited and "Deal 999" in burst.bench.titles():
            waited.append(second - 20.0)

    burst.beside = win_one
    burst.run(evenly(60))

    assert waited
    assert waited[0] <= 2
    numbers = [_numbers(card) for card in burst.bench.chat.cards(SPACE)]
    summaries = [lines for lines in numbers if len(lines) > 3]
    full = [lines for lines in summaries if len(set(lines)) == MOST_LINES]
    assert len(full) >= 8
    assert [lines for lines in full if lines != sorted(lines, reverse=True)] == []
    assert min(summaries[-3]) > max(summaries[-1])  # when changes have ended, the largest have the first card


def changed(number: int, title: str) -> dict[str, Any]:
    body = deal(number, action="change", value=2, title=title)
    return body | {"previous": {"value": 1}}


def test_urgent_card_that_waits_for_its_retry_goes_before_later_ones_of_its_deal(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, on=["deal.created"])
    link(bench.database, tenants.ours, on=["deal.value_changed"], is_urgent=True)
    bench.receive_deals(tenants.ours, 6)
    bench.receive(tenants.ours, changed(7, "First"))
    bench.spread()
    bench.chat.faults.order(Fault(status=503))
    bench.send_due()
    bench.receive(tenants.ours, changed(7, "Second"), changed(8, "Of another deal"))
    bench.spread()

    bench.send_all()

    assert bench.titles() == ["6 events in Pipedrive", "First", "Second", "Of another deal"]
    assert {each.state for each in bench.deliveries(tenants.ours)} == {"delivered"}


def test_urgent_card_that_chat_has_limited_goes_before_later_ones(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=["deal.created"])
    link(bench.database, tenants.ours, on=["deal.value_changed"], is_urgent=True)
    bench.receive_deals(tenants.ours, 6)
    bench.receive(tenants.ours, changed(7, "First"))
    bench.spread()
    bench.chat.faults.order(Fault(status=429))
    bench.send_due()
    bench.receive(tenants.ours, changed(7, "Second"))
    bench.spread()

    bench.send_all()

    assert bench.titles() == ["First", "Second", "6 events in Pipedrive"]


@pytest.mark.parametrize("status", [429, 503])
def test_summary_that_waits_for_its_retry_goes_before_later_ones(burst: Burst, status: int) -> None:
    """A summary takes some objects only while changes go on: older ones wait, and its own change again."""

    def fail_some(burst: Burst, second: float) -> None:
        if second in (10.0, 20.0, 30.0, 40.0, 50.0):
            burst.bench.chat.faults.order(Fault(status=status))

    burst.beside = fail_some
    burst.run(evenly(60))

    bodies = [(each.status, each.body) for each in burst.bench.chat.writes(SPACE)]
    failed = [index for index, (answered, _) in enumerate(bodies) if answered == status]
    assert len(failed) >= 5
    assert [index for index in failed if bodies[index + 1][1] != bodies[index][1]] == []
    assert set(burst.seen) == set(burst.last)
    assert {each.state for each in burst.bench.deliveries(burst.tenant_id)} == {"delivered"}


def test_bulk_edit_and_import_are_one_card_from_the_first(burst: Burst) -> None:
    burst.run([(number / 10, number) for number in range(1, 16)], is_bulk_edit=True)

    assert burst.bench.titles() == ["15 events in Pipedrive"]


def test_two_changes_in_bulk_wait_a_moment_and_are_two_cards(burst: Burst) -> None:
    burst.run([(0, 1), (0, 2)], is_bulk_edit=True)

    assert burst.bench.titles() == ["Deal 001", "Deal 002"]


def test_space_that_another_app_writes_in_is_shared_with_it(
    burst: Burst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.deliveries.retry.fraction", random.Random(0).random)
    refused: list[float] = []

    def write_another(burst: Burst, second: float) -> None:
        if second % 3 == 0:
            try:
                burst.bench.chat.quota.spend(SPACE)
            except GoogleError:
                refused.append(second)

    burst.beside = write_another
    burst.run(evenly(60))

    assert set(burst.seen) == set(burst.last)
    assert burst.ages[-1] <= MOST_AGE_S + 5
    assert len(burst.wrote_at) <= MOST_WRITES
    assert burst.statuses()[429] <= 2 * len(burst.wrote_at)
    assert len(refused) <= len(burst.wrote_at)


def test_what_was_due_before_a_burst_began_is_one_card(burst: Burst) -> None:
    for number in range(1, 61):
        burst.change(number)
    burst.bench.spread()
    burst.bench.clock.advance(60)

    burst.run([])

    assert burst.bench.titles() == ["60 events in Pipedrive"]


def test_more_objects_than_can_be_shown_in_time_are_counted_by_one_card(burst: Burst) -> None:
    burst.run([(number / 100, number) for number in range(1, 601)])

    assert len(burst.wrote_at) <= 4
    assert sum(_events_of(card) for card in burst.bench.chat.cards(SPACE)) == 600


def test_burst_of_one_tenant_leaves_the_pace_of_another(burst: Burst, tenants: TwoTenants) -> None:
    link(burst.bench.database, tenants.theirs, OTHER_SPACE)

    def tell_theirs(burst: Burst, second: float) -> None:
        if second == 30.0:
            burst.bench.receive_deals(tenants.theirs, 3)

    burst.beside = tell_theirs
    burst.run(evenly(60)[:300])

    assert burst.bench.titles(OTHER_SPACE) == ["Deal 1", "Deal 2", "Deal 3"]


def _numbers(card: dict[str, Any]) -> list[int]:
    """The deals of a card's lines, in their order; a larger number is a larger deal."""
    return [int(found) for found in re.findall(r"'text': 'Deal (\d{3})", str(card["cardsV2"][0]["card"]))]


def _events_of(card: dict[str, Any]) -> int:
    """How many events a card accounts for: its lines, and those it counts."""
    if "events in Pipedrive" not in str(card["cardsV2"][0]["card"]["header"]):
        return 1
    more = re.search(r"and ([\d,]+) more", str(card))
    return str(card).count("decoratedText") + (int(more[1].replace(",", "")) if more else 0)
