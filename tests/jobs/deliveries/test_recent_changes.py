"""What fan-out has parsed is not parsed again, and only the newest is kept."""

from __future__ import annotations

import pytest

from jobs.deliveries import recent_changes
from jobs.deliveries.recent_changes import RecentChanges
from models.pipedrive.change import Change
from tests.conftest import TwoTenants
from tests.engine import Bench, link


def change(number: int) -> Change:
    return Change("deal", "created", str(number), {}, {}, frozenset(), ("deal.created",))


def test_the_oldest_changes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_changes, "MOST", 2)
    recent = RecentChanges()
    for number in range(3):
        recent.add(number, change(number))

    assert recent.get(0) is None
    assert [recent.get(number) for number in (1, 2)] == [change(1), change(2)]


def test_a_card_is_drawn_from_what_fan_out_has_parsed(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    def parse_again(_delivery: object) -> None:
        raise AssertionError

    monkeypatch.setattr("jobs.deliveries.prepare.parse_change", parse_again)
    bench.send_due()

    assert bench.titles() == ["Deal 1"]
