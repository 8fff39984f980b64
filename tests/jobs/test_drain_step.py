"""A step of a drain is one transaction or two; where one fails, each of its parts is done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, update

from jobs.deliveries.results import SendResult
from jobs.deliveries.retry import DELIVERY_LOSSES_IN_COMPANY
from models.database import direct
from models.deliveries import store
from models.tables import Delivery, Event
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, deal, link


def send(bench: Bench, results: list[SendResult]) -> list[SendResult]:
    """Do one step, and send what it claimed."""
    begun = bench.step.begin(results, expected=True)
    return [bench.deliver.send(each) for each in bench.step.end(begun, 50, is_idle=True)]


@contextmanager
def noted_by_driver(noted: list[str], *beginnings: str) -> Iterator[None]:
    """Note the beginnings of the statements that the driver runs."""
    run = direct.run_text

    def note(connection: Any, text: str, values: Any = None, **more: Any) -> Any:
        noted.extend(each for each in beginnings if text.startswith(each))
        return run(connection, text, values, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direct, "run_text", note)
        yield


@pytest.fixture
def both(bench: Bench, tenants: TwoTenants) -> Bench:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive(tenant_id, deal(1))
    return bench


def states(bench: Bench, tenants: TwoTenants) -> list[str]:
    return [each.state for tenant_id in tenants for each in bench.deliveries(tenant_id)]


def test_a_look_before_a_worker_is_ready_takes_nothing(both: Bench, tenants: TwoTenants) -> None:
    both.step.look()

    with both.database.reading_all() as session:
        assert [each.lease_token for each in session.scalars(select(Event))] == [None, None]
    both.receive(tenants.ours, deal(2))
    send(both, send(both, []))
    assert (len(both.titles()), both.titles(OTHER_SPACE)) == (1, ["Deal 1"])


def test_two_steps_bring_new_events_of_two_tenants_to_their_spaces(both: Bench, tenants: TwoTenants) -> None:
    results = send(both, [])
    assert (both.titles(), both.titles(OTHER_SPACE)) == (["Deal 1"], ["Deal 1"])

    assert send(both, results) == []

    assert states(both, tenants) == ["delivered", "delivered"]


def test_a_step_without_room_only_writes_what_events_lead_to(both: Bench, tenants: TwoTenants) -> None:
    begun = both.step.begin([], expected=True)

    assert both.step.end(begun, 0, is_idle=False) == []

    assert states(both, tenants) == ["pending", "pending"]


def test_a_new_delivery_is_leased_as_it_is_created(both: Bench, tenants: TwoTenants) -> None:
    """Its row is written once before it is sent."""
    updates: list[str] = []
    with noted_by_driver(updates, "UPDATE deliveries", "UPDATE lanes"):
        begun = both.step.begin([], expected=True)
        messages = both.step.end(begun, 50, is_idle=True)

    assert [(each.head.tenant_id, each.head.state, each.head.losses) for each in messages] == [
        (tenants.ours, "pending", 0),
        (tenants.theirs, "pending", 0),
    ]
    assert states(both, tenants) == ["sending", "sending"]
    assert updates == []


def test_an_event_that_is_read_again_sends_nothing_twice(both: Bench, tenants: TwoTenants) -> None:
    """Its delivery exists: the lane that was leased for it is free again, and owes nothing."""
    assert send(both, send(both, [])) == []
    both.clock.advance(2)
    with both.database.writing_all() as session:
        session.execute(update(Event).values(state="new"))

    assert send(both, []) == []

    assert states(both, tenants) == ["delivered", "delivered"]
    lanes = both.lane(tenants.ours), both.lane(tenants.theirs, OTHER_SPACE)
    assert [(each.lease_token, each.due_at) for each in lanes] == [(None, None)] * 2


def test_a_new_delivery_waits_while_another_is_sent_alone(bench: Bench, tenants: TwoTenants) -> None:
    """One that may have killed its workers: nothing is under way beside it."""
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.theirs, deal(1))
    bench.spread()
    with bench.database.writing(tenants.theirs) as session:
        poison = update(Delivery).where(Delivery.tenant_id == tenants.theirs)
        session.execute(poison.values(lease_losses=DELIVERY_LOSSES_IN_COMPANY))
    bench.receive(tenants.ours, deal(2))

    alone = send(bench, [])
    new = bench.only(tenants.ours)

    assert [each.message.head.tenant_id for each in alone] == [tenants.theirs]
    assert (new.state, new.lease_token, new.lease_losses) == ("pending", None, 0)
    assert bench.lane(tenants.ours).lease_token is None
    assert len(send(bench, alone)) == 1
    assert bench.titles() == ["Deal 2"]


def test_an_idle_step_claims_nothing_and_says_that_nothing_is_due(bench: Bench) -> None:
    begun = bench.step.begin([], expected=False)

    assert (list(begun.events), begun.is_due) == ([], False)
    assert bench.step.end(begun, 50, is_idle=True) == []


def test_results_are_stored_when_the_events_beside_them_cannot_be_claimed(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = send(both, [])

    def refuse(*_: Any) -> Any:
        raise OverflowError

    monkeypatch.setattr(both.fan_out.unclaimed, "read_in", lambda _: None)
    monkeypatch.setattr(both.fan_out, "claim_in", refuse)
    with pytest.raises(OverflowError):
        both.step.begin(results, expected=True)

    assert states(both, tenants) == ["delivered", "delivered"]


def test_events_are_read_when_the_messages_beside_them_cannot_be_claimed(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[bool] = []
    claim = both.deliver.claim_in

    def refuse_once(*arguments: Any, **more: Any) -> Any:
        if not refused:
            refused.append(True)
            raise OverflowError
        return claim(*arguments, **more)

    monkeypatch.setattr(both.deliver, "claim_in", refuse_once)

    results = send(both, [])

    assert refused == [True]
    assert len(results) == 2
    assert {event.state for tenant_id in tenants for event in both.events(tenant_id)} == {"done"}


def test_events_of_one_tenant_that_cannot_be_written_do_not_hold_up_the_others(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing_ours(create: Any) -> Any:
        def create_others(session: Any, rows: Any) -> Any:
            if any(row["tenant_id"] == tenants.ours for row in rows):
                raise OverflowError
            return create(session, rows)

        return create_others

    for name in ("create_deliveries", "create_leased"):
        monkeypatch.setattr(store, name, refusing_ours(getattr(store, name)))

    send(both, [])

    assert (both.titles(), both.titles(OTHER_SPACE)) == ([], ["Deal 1"])
    assert [event.state for event in both.events(tenants.ours)] == ["failed"]


def test_results_and_new_events_are_stored_in_one_transaction(both: Bench, tenants: TwoTenants) -> None:
    results = send(both, [])
    both.receive(tenants.ours, deal(2))

    begun = both.step.begin(results, expected=True)

    assert (begun.token, states(both, tenants)) == ("", ["sending", "sending"])
    with writes_of(both) as written:
        assert both.step.end(begun, 0, is_idle=True) == []
    assert written == ["commit"]
    assert states(both, tenants) == ["delivered", "pending", "delivered"]


def test_results_are_stored_when_the_events_beside_them_cannot_be_written(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = send(both, [])
    both.receive(tenants.theirs, deal(2))

    def refuse(_session: Any, _rows: Any) -> None:
        raise OverflowError

    monkeypatch.setattr(store, "create_deliveries", refuse)
    monkeypatch.setattr(store, "create_leased", refuse)

    send(both, results)

    assert states(both, tenants) == ["delivered", "delivered"]
    assert [event.state for event in both.events(tenants.theirs)] == ["done", "failed"]


def test_an_event_is_written_when_the_results_beside_it_cannot_be_stored(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = send(both, [])
    both.receive(tenants.ours, deal(2))
    finish, refused = both.deliver.finish_in, list[int]()

    def refuse_once(session: Any, results: Any, lanes: Any = ()) -> Any:
        if not refused:
            refused.append(len(results))
            raise OverflowError
        return finish(session, results, lanes)

    monkeypatch.setattr(both.deliver, "finish_in", refuse_once)

    both.deliver.finish(send(both, results))

    assert refused == [2]
    assert states(both, tenants) == ["delivered", "pending", "delivered"]
    assert [event.state for event in both.events(tenants.ours)] == ["done", "done"]


@contextmanager
def writes_of(bench: Bench) -> Iterator[list[str]]:
    """Collect the commits of transactions that write."""
    written: list[str] = []

    def note(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            written.append("commit")

    event.listen(bench.database.engine, "commit", note)
    try:
        yield written
    finally:
        event.remove(bench.database.engine, "commit", note)
