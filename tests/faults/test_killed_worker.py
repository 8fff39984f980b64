"""A worker killed between sending and recording loses and repeats nothing, and delays only its lanes."""

from __future__ import annotations

from tests.faults.rules import winner
from tests.invariants import deliveries, hold, settle
from tests.stack import Stack, wait_until
from web.playground.faults import Fault

TAKEN_OVER_WITHIN_S = 45.0  # the contract's bound for the deliveries of a dead worker


def test_killed_between_send_and_record_its_message_is_seen_once(stack: Stack) -> None:
    stack.start_web()
    doomed = stack.start_worker()
    held, lost, other = winner(stack), winner(stack), winner(stack)
    chat = stack.play.chat
    for customer in (held, lost):  # Chat does the work, and its reply never comes
        chat.faults.order(Fault(where=f"/{customer.spaces[0]}/", hang=True))
    for customer in (held, lost):
        assert customer.post(customer.won()).status_code == 200
        wait_until(lambda now=customer: now.cards(), 15, "the message whose reply hangs")  # type: ignore[misc]
    doomed.kill()

    stack.start_worker()
    assert other.post(other.won()).status_code == 200
    other.wait_for_cards(1, seconds=12)  # nobody else waits for the dead worker's lease
    assert {each.state for each in deliveries(held)} == {"sending"}

    settle(held, lost, other, seconds=TAKEN_OVER_WITHIN_S)
    assert [each.state for each in deliveries(held)] == ["delivered"]
    assert [each.lease_losses for each in deliveries(held)] == [1]
    assert len(chat.writes(held.spaces[0])) == 2
    hold(held, lost, other)


def test_a_lost_reply_is_no_second_message(sqlite_stack: Stack) -> None:
    stack = sqlite_stack
    stack.start_web()
    stack.start_worker()
    customer = winner(stack)
    stack.play.chat.faults.order(Fault(times=2, where=f"/{customer.spaces[0]}/", drop=True))
    assert customer.post(customer.won()).status_code == 200
    settle(customer)
    assert [each.state for each in deliveries(customer)] == ["delivered"]
    assert len(customer.cards()) == 1
    hold(customer)
