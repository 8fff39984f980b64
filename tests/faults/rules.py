"""The one rule of most fault tests: every won deal to every space of a customer."""

from __future__ import annotations

from tests.customers import Customer, new_customer
from tests.stack import Stack


def winner(stack: Stack, spaces: int = 1) -> Customer:
    """A customer whose won deals become cards."""
    return winners(stack, 1, spaces)[0]


def winners(stack: Stack, count: int, spaces: int = 1) -> list[Customer]:
    """So many of them, loaded by one command."""
    customers = [new_customer(stack, spaces) for _ in range(count)]
    stack.load(
        *(each.document([{"name": "Wins", "on": "deal.won", "to": each.spaces}]) for each in customers)
    )
    return customers
