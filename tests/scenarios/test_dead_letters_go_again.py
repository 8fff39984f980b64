"""An operator replays dead letters: at once, each once, and found if Chat already has them."""

from __future__ import annotations

from tests.customers import new_customer
from tests.invariants import deliveries, hold, settle
from tests.stack import Stack
from web.playground.faults import Fault


def test_what_chat_refused_arrives_after_a_replay(stack: Stack) -> None:
    customer, other = new_customer(stack), new_customer(stack)
    for each in (customer, other):
        each.load([{"name": "Wins", "on": "deal.won", "to": each.spaces}])
    # The card and its plain text are both refused: no retry helps.
    stack.play.chat.faults.order(Fault(times=2, status=400, where=customer.spaces[0]))
    assert customer.post(customer.won("Big deal")).status_code == 200
    settle(customer)
    assert [each.state for each in deliveries(customer)] == ["dead"]

    counted = stack.run("-m", "models", "replay", customer.name, "--dry-run").stdout
    assert counted == f"{customer.name}: 1 delivery would be sent again ({customer.spaces[0]} 1)\n"
    assert (
        stack.run("-m", "models", "replay", other.name).stdout
        == f"{other.name}: 0 deliveries will be sent again\n"
    )
    done = stack.run("-m", "models", "replay", customer.name, "--rule", "Wins", "--since", "2020-01-01")
    assert done.stdout.startswith(f"{customer.name}: 1 delivery will be sent again")

    customer.wait_for_cards(1, seconds=5)
    settle(customer)
    assert [(each.state, each.attempts) for each in deliveries(customer)] == [("delivered", 1)]
    again = stack.run("-m", "models", "replay", customer.name)
    assert again.stdout == f"{customer.name}: 0 deliveries will be sent again\n"
    hold(customer, other)
