"""The one rule of most fault tests: every won deal to every space of a customer."""

from __future__ import annotations

from tests.customers import Customer, new_customer
from tests.stack import Stack


def winner(stack: Stack, spaces: int = 1) -> Customer:
    """A customer whose won deals become cards."""
    customer = new_customer(stack, spaces)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    return customer
