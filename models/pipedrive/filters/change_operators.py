"""Operators on the change of a field: they compare old and new value, only if the field was changed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.pipedrive.declaration import Kind
from models.pipedrive.filters import equality, operands
from models.pipedrive.filters.operators import ALL, amount
from models.pipedrive.filters.values import Money, Unknown, Verdict
from models.pipedrive.names import Json

Move = Callable[[Any, Any], Verdict]
COUNTED = frozenset((Kind.NUMBER, Kind.MONEY))


@dataclass(frozen=True, slots=True)
class ChangeOperator:
    """Like an operator, with a test of the old and the new value; `expect` is None if it takes no operand."""

    words: str
    kinds: frozenset[Kind]
    expect: Callable[[Kind, Json], Any] | None
    build: Callable[[Kind, Any], Move]


def _from(kind: Kind, wanted: Any) -> Move:
    test = equality.equals(kind, wanted)
    return lambda old, _: test(old)


def _to(kind: Kind, wanted: Any) -> Move:
    test = equality.equals(kind, wanted)
    return lambda _, new: test(new)


def _numbers(kind: Kind, currency: str | None, holds: Callable[[Any, Any], bool]) -> Move:
    of = amount(kind, currency)

    def move(old: Any, new: Any) -> Verdict:
        was, now = of(old), of(new)
        if isinstance(was, Unknown):
            return Unknown(f"before, {was.why}")
        return now if isinstance(now, Unknown) else holds(was, now)

    return move


def _compared(holds: Callable[[Any, Any], bool]) -> Callable[[Kind, Any], Move]:
    return lambda kind, _: _numbers(kind, None, holds)


def _by(sign: int) -> Callable[[Kind, operands.Step], Move]:
    """At least so far up or down; in decimals, because 1.2 - 1.1 is 0.1 to people."""

    def build(kind: Kind, step: operands.Step) -> Move:
        def far_enough(was: Any, now: Any) -> bool:
            old = _exact(was)
            moved = (_exact(now) - old) * sign
            return moved > 0 and moved >= (step.size * abs(old) / 100 if step.percent else step.size)

        return _numbers(kind, step.currency, far_enough)

    return build


def _exact(value: float) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(str(value))


def _crossed(kind: Kind, wanted: Any) -> Move:
    """From strictly below to at or above, or back."""
    limit, currency = wanted if isinstance(wanted, Money) else (wanted, None)
    return _numbers(kind, currency, lambda was, now: (was < limit) is not (now < limit))


CHANGE_OPERATORS: dict[str, ChangeOperator] = {
    "changed": ChangeOperator("changed", ALL, None, lambda _kind, _wanted: lambda _old, _new: True),
    "changed_from": ChangeOperator("changed from", ALL, operands.whole, _from),
    "changed_to": ChangeOperator("changed to", ALL, operands.whole, _to),
    "increased": ChangeOperator("increased", COUNTED, None, _compared(lambda was, now: now > was)),
    "decreased": ChangeOperator("decreased", COUNTED, None, _compared(lambda was, now: now < was)),
    "increased_by": ChangeOperator("increased by at least", COUNTED, operands.step, _by(1)),
    "decreased_by": ChangeOperator("decreased by at least", COUNTED, operands.step, _by(-1)),
    "crossed": ChangeOperator("crossed", COUNTED, operands.bound, _crossed),
}
