"""Cards of a step are drawn a few at a time; what is not drawn is given back, and sent by a later step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from rq.exceptions import StopRequested

from jobs import drain as drain_module
from jobs.deliveries import drawing as drawing_module
from jobs.deliveries.drawing import TOGETHER
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.send import DrawnMessage
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, HandClock, link
from tests.jobs.loops import drain_in_real_time, drain_of, run_until
from web.playground.chat.store import StoredSpace

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _in_real_time(monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator[None]:
    yield from drain_in_real_time(monkeypatch, clock)


@pytest.mark.parametrize("how", ["stopped", "interrupted"])
def test_what_was_not_drawn_when_it_ends_is_given_back(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    spaces = [f"spaces/B{number}" for number in range(TOGETHER * 3)]
    for space in spaces:
        bench.chat.store.add_space(StoredSpace(space))
        link(bench.database, tenants.ours, space)
    bench.receive_deals(tenants.ours, 1)
    sender, drew = bench.deliver.sender, list[OutgoingMessage]()
    draw = sender.draw

    def draw_until_the_end(message: OutgoingMessage) -> DrawnMessage:
        drew.append(message)
        if len(drew) == TOGETHER + 1:
            drain_module.stop()
            if how == "interrupted":
                raise StopRequested
        return draw(message)

    monkeypatch.setattr(sender, "draw", draw_until_the_end)

    with suppress(StopRequested):
        drain_of(bench).run(60)

    states = Counter(each.state for each in bench.deliveries(tenants.ours))
    begun = TOGETHER if how == "interrupted" else TOGETHER * 2
    assert states == Counter({"delivered": begun, "pending": len(spaces) - begun})
    assert not [each for each in spaces if bench.lane(tenants.ours, each).lease_token]


def test_cards_that_take_long_to_draw_do_not_hold_up_another_tenant(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing_module, "TENANT_S", 0.0)
    for number in range(TOGETHER * 3):
        bench.chat.store.add_space(StoredSpace(f"spaces/B{number}"))
        link(bench.database, tenants.ours, f"spaces/B{number}")
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)
    drew = list[int]()
    draw = bench.deliver.sender.draw

    def draw_and_note(message: OutgoingMessage) -> DrawnMessage:
        drew.append(message.head.tenant_id)
        return draw(message)

    monkeypatch.setattr(bench.deliver.sender, "draw", draw_and_note)

    run_until(lambda: len(bench.chat.writes()) == TOGETHER * 3 + 1, bench)

    assert tenants.theirs in drew[:3]
    assert len(drew) == TOGETHER * 3 + 1, "each is drawn once"
